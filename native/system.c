/* System calls that Node lacks and a daemon needs. All Linux. */
#define _GNU_SOURCE
#include "addon.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

static napi_value throw_errno(napi_env env, const char *what) {
  char text[200];
  snprintf(text, sizeof text, "%s: %s", what, strerror(errno));
  napi_throw_error(env, NULL, text);
  return NULL;
}

/* bootTimeMs(): CLOCK_BOOTTIME, which goes on through suspend and never steps. */
static napi_value boot_time(napi_env env, napi_callback_info info) {
  struct timespec now;
  (void)info;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return make_number(env, (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6);
}

/* notify(text): one datagram to NOTIFY_SOCKET, sd_notify(3); false when nobody asked for it. */
static napi_value notify(napi_env env, napi_callback_info info) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *path = getenv("NOTIFY_SOCKET");
  napi_value argument[1];
  char text[1024];
  if (!get_arguments(env, info, 1, argument) || !get_text(env, argument[0], text, sizeof text))
    return NULL;
  if (path == NULL || (path[0] != '/' && path[0] != '@')) return make_boolean(env, false);
  const size_t length = strlen(path);
  if (length >= sizeof address.sun_path) return make_boolean(env, false);
  memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0'; /* the abstract namespace, unix(7) */
  const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return throw_errno(env, "socket");
  const bool sent = sendto(fd, text, strlen(text), MSG_NOSIGNAL, (void *)&address, size) >= 0;
  const int error = errno;
  close(fd);
  errno = error;
  return sent ? make_boolean(env, true) : throw_errno(env, "NOTIFY_SOCKET");
}

/* becomeSubreaper(): orphaned descendants become children of this process, prctl(2). */
static napi_value become_subreaper(napi_env env, napi_callback_info info) {
  (void)info;
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return throw_errno(env, "prctl");
  return get_undefined(env);
}

/* peerCredentials(fd): {pid, uid, gid} of whom connected to a unix socket, SO_PEERCRED unix(7). */
static napi_value peer_credentials(napi_env env, napi_callback_info info) {
  struct ucred peer = {0};
  socklen_t size = sizeof peer;
  napi_value argument[1], result;
  int32_t fd;
  if (!get_arguments(env, info, 1, argument) || !get_int32(env, argument[0], &fd)) return NULL;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    return throw_errno(env, "SO_PEERCRED");
  napi_create_object(env, &result);
  set_number(env, result, "pid", peer.pid);
  set_number(env, result, "uid", peer.uid);
  set_number(env, result, "gid", peer.gid);
  return result;
}

/*
 * lockFile(path): takes the file for this process until it ends, flock(2); creates it with mode
 * 0600. False when another process has it.
 */
static napi_value lock_file(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  char path[4096];
  if (!get_arguments(env, info, 1, argument) || !get_text(env, argument[0], path, sizeof path))
    return NULL;
  const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return throw_errno(env, "lock file");
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return make_boolean(env, true);
  const int error = errno;
  close(fd);
  errno = error;
  return error == EWOULDBLOCK ? make_boolean(env, false) : throw_errno(env, "lock file");
}

/*
 * schedule(policy, priority): the calling thread's share of the processor. 'round-robin' takes
 * 1 … 99 (SCHED_RR), 'other' a nice value. SCHED_RESET_ON_FORK goes with both: neither a service
 * nor a thread that is started from here inherits the policy or a nice value below zero (sched(7)).
 */
static napi_value schedule(napi_env env, napi_callback_info info) {
  napi_value argument[2];
  char policy[16];
  int32_t priority;
  if (!get_arguments(env, info, 2, argument) || !get_int32(env, argument[1], &priority) ||
      !get_text(env, argument[0], policy, sizeof policy))
    return NULL;
  const bool realtime = strcmp(policy, "round-robin") == 0;
  const struct sched_param parameters = {.sched_priority = realtime ? priority : 0};
  if (sched_setscheduler(0, (realtime ? SCHED_RR : SCHED_OTHER) | SCHED_RESET_ON_FORK,
                         &parameters) != 0)
    return throw_errno(env, "sched_setscheduler");
  if (!realtime && setpriority(PRIO_PROCESS, 0, priority) != 0)
    return throw_errno(env, "setpriority");
  return get_undefined(env);
}

static bool is_pool_thread(const char *tid) {
  char path[64], name[32] = "";
  snprintf(path, sizeof path, "/proc/self/task/%.20s/comm", tid);
  FILE *file = fopen(path, "re");
  if (!file) return false;
  const bool is = fgets(name, sizeof name, file) != NULL && strncmp(name, "libuv-worker", 12) == 0;
  fclose(file);
  return is;
}

/*
 * schedulePool(): the threads that write to the disk get the share of the processor that the
 * calling thread has. SCHED_RESET_ON_FORK withholds it from every thread, and a recovery waits for
 * the disk. Answers how many there are; 0 where the caller has no real-time policy itself.
 */
static napi_value schedule_pool(napi_env env, napi_callback_info info) {
  struct sched_param parameters;
  int count = 0;
  (void)info;
  const int policy = sched_getscheduler(0);
  const bool realtime = (policy & ~SCHED_RESET_ON_FORK) == SCHED_RR;
  DIR *tasks = realtime && sched_getparam(0, &parameters) == 0 ? opendir("/proc/self/task") : NULL;
  for (struct dirent *task; tasks && (task = readdir(tasks));) {
    if (!is_pool_thread(task->d_name)) continue;
    if (sched_setscheduler(atoi(task->d_name), policy, &parameters) == 0) count++;
  }
  if (tasks) closedir(tasks);
  return make_number(env, count);
}

/* The event loop's turns: each ends when it waits for events again. */
static struct {
  uv_prepare_t before_wait;
  uint64_t since, waited, longest;
} turns;

/* From the end of the last turn until now, less what the loop waited in between: nanoseconds. */
static void end_turn(uv_prepare_t *before_wait) {
  const uint64_t now = uv_hrtime(), waited = uv_metrics_idle_time(before_wait->loop);
  const uint64_t busy = now - turns.since - (waited - turns.waited);
  if (turns.since != 0 && busy > turns.longest) turns.longest = busy;
  turns.since = now;
  turns.waited = waited;
}

static void stop_turns(void *unused) {
  (void)unused;
  uv_close((uv_handle_t *)&turns.before_wait, NULL);
}

/*
 * longestTurnMs(): the longest turn of this thread's event loop since the call before; the first call
 * begins. Costs no wake-up. One thread of a process may ask.
 */
static napi_value longest_turn(napi_env env, napi_callback_info info) {
  (void)info;
  if (turns.before_wait.loop == NULL) {
    uv_loop_t *loop;
    napi_get_uv_event_loop(env, &loop);
    uv_prepare_init(loop, &turns.before_wait);
    uv_prepare_start(&turns.before_wait, end_turn);
    uv_unref((uv_handle_t *)&turns.before_wait);
    napi_add_env_cleanup_hook(env, stop_turns, NULL);
  }
  const uint64_t longest = turns.longest;
  turns.longest = 0;
  return make_number(env, (double)longest / 1e6);
}

/*
 * returnFreeMemory(): what malloc(3) keeps of freed memory goes back to the machine, also from between
 * what is in use (malloc_trim(3)). V8's compilers leave tens of megabytes.
 */
static napi_value return_free_memory(napi_env env, napi_callback_info info) {
  (void)info;
  malloc_trim(0);
  return get_undefined(env);
}

void add_system(napi_env env, napi_value exports) {
  add_function(env, exports, "bootTimeMs", boot_time);
  add_function(env, exports, "notify", notify);
  add_function(env, exports, "becomeSubreaper", become_subreaper);
  add_function(env, exports, "peerCredentials", peer_credentials);
  add_function(env, exports, "lockFile", lock_file);
  add_function(env, exports, "schedule", schedule);
  add_function(env, exports, "schedulePool", schedule_pool);
  add_function(env, exports, "longestTurnMs", longest_turn);
  add_function(env, exports, "returnFreeMemory", return_free_memory);
}
