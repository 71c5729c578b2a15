/*
 * What launch.c and supervise.c share: a child that inherits nothing of the daemon, the last part
 * of what it prints, and the end of everything that descends from it.
 *
 * Both programs are child subreapers (PR_SET_CHILD_SUBREAPER, prctl(2)): whatever a descendant
 * does to detach (setsid, double fork), once its parent is gone it is a direct child here. Direct
 * children are zombies until they are waited for, so a signal sent to one never hits a stranger.
 */
#ifndef HOLDFAST_SPAWN_H
#define HOLDFAST_SPAWN_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/sched.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JOINS_MAX 16
#define OUTPUT_MAX (16u << 20)
/* Not gone so long after SIGKILL: in uninterruptible sleep, "unkillable". */
#define KILL_WAIT_MS 5000

struct options {
  char *joins[JOINS_MAX]; /* cgroup.procs files to move to before anything is started */
  int join_count;
  const char *home;    /* cgroup.procs file of this program's own cgroup, joined afterwards */
  const char *cgroup;  /* directory of the operation's (or service's) own cgroup, or NULL */
  int fresh;           /* it was made for this program: nothing in it was ever killed */
  const char *directory, *user, *group;
  long timeout_ms, output_max, input_bytes;
  int separate; /* standard error apart from standard output */
  const char *live; /* a file that gets the output as it comes, too */
  const char *socket, *pid_file, *name; /* supervise only */
  long adopt_pid;
  unsigned long long adopt_start;
  int spare; /* started ahead: the arguments come later (spare.h) */
  char **argv;
};

/* ---- small things ---- */

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

static void write_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t n = write(fd, bytes, length);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    bytes += n, length -= (size_t)n;
  }
}

/* Writes a short text to a file that exists (cgroup and /proc knobs); 0 or -1 with errno. */
static int write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t n = write(fd, text, strlen(text));
  int saved = errno;
  close(fd);
  errno = saved;
  return n < 0 ? -1 : 0;
}

/* Parent and start time (clock ticks since boot) of a process, proc(5) /proc/PID/stat. */
static int read_stat(long pid, long *parent, unsigned long long *start) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%ld/stat", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  if (n <= 0) return -1;
  text[n] = 0;
  char *rest = strrchr(text, ')'); /* the name before it may hold anything */
  char state;
  if (!rest) return -1;
  return sscanf(rest + 1,
                " %c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                &state, parent, start) == 3
             ? 0
             : -1;
}

/* ---- the last part of what was printed ---- */

struct tail {
  char *bytes;
  size_t max, length, next;
  unsigned long long total;
  int live; /* if above 0: a file that gets it as it comes, */
  size_t live_left; /* and so much of it at most */
};

static void tail_add(struct tail *t, const char *bytes, size_t length) {
  t->total += length;
  if (t->live > 0 && t->live_left > 0) {
    size_t part = length < t->live_left ? length : t->live_left;
    t->live_left -= part;
    if (write(t->live, bytes, part) < 0) t->live_left = 0;
  }
  if (t->max == 0) return;
  if (length > t->max) bytes += length - t->max, length = t->max;
  size_t first = t->max - t->next;
  if (first > length) first = length;
  memcpy(t->bytes + t->next, bytes, first);
  memcpy(t->bytes, bytes + first, length - first);
  t->next = (t->next + length) % t->max;
  t->length = t->length + length > t->max ? t->max : t->length + length;
}

static int tail_open(struct tail *t, size_t max) {
  memset(t, 0, sizeof *t);
  t->bytes = malloc(max ? max : 1);
  t->max = max;
  return t->bytes ? 0 : -1;
}

/* ---- inherit nothing ---- */

static void reset_limit(int which, rlim_t soft, rlim_t hard) {
  struct rlimit old, wanted = {soft, hard};
  if (setrlimit(which, &wanted) == 0 || getrlimit(which, &old) != 0) return;
  wanted.rlim_max = old.rlim_max; /* without privilege: as far as the hard limit goes */
  if (wanted.rlim_cur > old.rlim_max) wanted.rlim_cur = old.rlim_max;
  setrlimit(which, &wanted);
}

/* The ordinary scheduler, no nice value. */
static void reset_scheduling(void) {
  struct sched_param none = {0};
  sched_setscheduler(0, SCHED_OTHER, &none);
  setpriority(PRIO_PROCESS, 0, 0);
}

/*
 * Back to what a process gets from a freshly booted machine (systemd-system.conf(5), the
 * Default* settings): memory and limits of the daemon's unit end here. What the kernel refuses
 * without privilege stays as it is. Scheduling is for later: until the program runs, a recovery
 * waits for this process as it waits for the daemon.
 */
static void reset_process(void) {
  syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0, 0 /* by niceness */);
  unsigned long everywhere[128];
  memset(everywhere, 0xff, sizeof everywhere);
  syscall(SYS_sched_setaffinity, 0, sizeof everywhere, everywhere);
  prctl(PR_SET_TIMERSLACK, 0, 0, 0, 0);
  umask(022);
  reset_limit(RLIMIT_NOFILE, 1024, 524288);
  reset_limit(RLIMIT_CORE, 0, RLIM_INFINITY);
  reset_limit(RLIMIT_STACK, 8u << 20, RLIM_INFINITY);
  reset_limit(RLIMIT_MEMLOCK, 8u << 20, 8u << 20);
  reset_limit(RLIMIT_AS, RLIM_INFINITY, RLIM_INFINITY);
  reset_limit(RLIMIT_DATA, RLIM_INFINITY, RLIM_INFINITY);
  reset_limit(RLIMIT_RSS, RLIM_INFINITY, RLIM_INFINITY);
  reset_limit(RLIMIT_FSIZE, RLIM_INFINITY, RLIM_INFINITY);
  reset_limit(RLIMIT_CPU, RLIM_INFINITY, RLIM_INFINITY);
  reset_limit(RLIMIT_RTPRIO, 0, 0);
  reset_limit(RLIMIT_NICE, 0, 0);
}

static void reset_signals(void) {
  struct sigaction plain;
  memset(&plain, 0, sizeof plain);
  plain.sa_handler = SIG_DFL;
  for (int s = 1; s <= SIGRTMAX; s++) sigaction(s, &plain, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* ---- the child ---- */

/* What went wrong before the program ran, from the child to its parent. */
struct failure {
  int error;
  char stage[24];
};

static void fail(int status_fd, const char *stage) {
  struct failure f = {.error = errno};
  snprintf(f.stage, sizeof f.stage, "%s", stage);
  write_all(status_fd, (const char *)&f, sizeof f);
  _exit(127);
}

static int parse_number(const char *text, unsigned long *value) {
  char *end;
  if (!isdigit((unsigned char)*text)) return -1;
  *value = strtoul(text, &end, 10);
  return *end ? -1 : 0;
}

static void become_user(const struct options *o, int status_fd) {
  unsigned long number;
  if (!o->user && !o->group) return;
  uid_t uid = getuid();
  gid_t gid = getgid();
  struct passwd *account = NULL;
  if (o->user) {
    errno = 0;
    account = parse_number(o->user, &number) == 0 ? getpwuid((uid_t)number) : getpwnam(o->user);
    if (!account) errno = errno ? errno : ENOENT, fail(status_fd, "user");
    uid = account->pw_uid, gid = account->pw_gid;
  }
  if (o->group) {
    errno = 0;
    struct group *group =
        parse_number(o->group, &number) == 0 ? getgrgid((gid_t)number) : getgrnam(o->group);
    if (!group) errno = errno ? errno : ENOENT, fail(status_fd, "group");
    gid = group->gr_gid;
  }
  if (account) { /* as systemd.exec(5) sets them with User= */
    setenv("HOME", account->pw_dir, 0);
    setenv("USER", account->pw_name, 0);
    setenv("LOGNAME", account->pw_name, 0);
    setenv("SHELL", account->pw_shell, 0);
  }
  int groups = account ? initgroups(account->pw_name, gid) : setgroups(0, NULL);
  if (groups != 0 && geteuid() == 0) fail(status_fd, "group");
  if (setresgid(gid, gid, gid) != 0) fail(status_fd, "group");
  if (setresuid(uid, uid, uid) != 0) fail(status_fd, "user");
}

static void place(int from, int to, int status_fd) {
  if (from != to && dup2(from, to) < 0) fail(status_fd, "descriptors");
}

/* In the child: own session, own cgroup, no descriptor but 0, 1 and 2, then the program. */
static void run_program(const struct options *o, int in_cgroup, int in, int out, int err,
                        int status_fd) {
  char path[PATH_MAX];
  setsid();
  if (o->cgroup && !in_cgroup) {
    snprintf(path, sizeof path, "%s/cgroup.procs", o->cgroup);
    if (write_file(path, "0") != 0) fail(status_fd, "cgroup");
  }
  write_file("/proc/self/oom_score_adj", "0");
  prctl(PR_SET_PDEATHSIG, 0);
  reset_signals();
  /* Above 2 first, so that dup2 overwrites none that is still needed. */
  int high = fcntl(status_fd, F_DUPFD_CLOEXEC, 10);
  if (high < 0) fail(status_fd, "descriptors");
  place(in, 0, high), place(out, 1, high), place(err, 2, high);
  become_user(o, high);
  if (chdir(o->directory ? o->directory : "/") != 0) fail(high, "directory");
  if (high > 3) syscall(SYS_close_range, 3, (unsigned)high - 1, 0);
  syscall(SYS_close_range, (unsigned)high + 1, ~0u, 0);
  reset_scheduling();
  execv(o->argv[0], o->argv);
  fail(high, "exec");
}

/*
 * fork(2), straight into the cgroup where the kernel can (clone3, Linux 5.7): to move there by
 * cgroup.procs holds up every fork and exit of the machine until an RCU grace period is over, 10 to
 * 20 ms. Not into one that may have been killed by cgroup.kill: Linux 6.14 and later kill what is
 * cloned into it, as if it had been forked in it during the kill.
 */
static pid_t clone_into(const char *directory) {
  int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -1;
  struct clone_args args;
  memset(&args, 0, sizeof args);
  args.flags = CLONE_INTO_CGROUP;
  args.exit_signal = SIGCHLD;
  args.cgroup = (unsigned long long)fd;
  pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
  int saved = errno;
  close(fd);
  errno = saved;
  return pid;
}

static pid_t fork_into(const struct options *o, int *in_cgroup) {
  *in_cgroup = 1;
  if (o->cgroup && o->fresh) {
    pid_t pid = clone_into(o->cgroup);
    if (pid >= 0) return pid;
  }
  *in_cgroup = 0;
  return fork();
}

/*
 * Goes on as a child that begins in the cgroup --home; the daemon's own child ends, its socket goes
 * on. Where the kernel cannot, this process stays and moves.
 */
static void go_home(const struct options *o) {
  char directory[PATH_MAX];
  if (!o->home) return;
  snprintf(directory, sizeof directory, "%s", o->home);
  char *slash = strrchr(directory, '/');
  if (!slash) return;
  *slash = 0;
  pid_t pid = clone_into(directory);
  if (pid > 0) _exit(0);
  if (pid < 0) write_file(o->home, "0");
}

/*
 * Starts the program. `status` becomes readable when the program runs (end of file) or could not
 * be run (a struct failure). Returns the child's pid, or -1 with errno.
 */
static pid_t spawn_program(const struct options *o, int in, int out, int err, int *status) {
  int fds[2], in_cgroup;
  if (pipe2(fds, O_CLOEXEC) != 0) return -1;
  pid_t pid = fork_into(o, &in_cgroup);
  if (pid == 0) run_program(o, in_cgroup, in, out, err, fds[1]);
  int saved = errno;
  close(fds[1]);
  *status = fds[0];
  errno = saved;
  return pid;
}

/* ---- the end of everything ---- */

/* Calls `act` for each process id in a cgroup.procs file; returns how many there were. */
static int each_in_cgroup(const char *directory, void (*act)(long pid, void *data), void *data) {
  char path[PATH_MAX];
  int count = 0;
  long pid;
  if (!directory) return 0;
  snprintf(path, sizeof path, "%s/cgroup.procs", directory);
  FILE *file = fopen(path, "re");
  if (!file) return 0;
  while (fscanf(file, "%ld", &pid) == 1) count++, act(pid, data);
  fclose(file);
  return count;
}

/* Direct children, by the parent's number in /proc: exact, as they cannot vanish unreaped. */
static int each_child(void (*act)(long pid, void *data), void *data) {
  DIR *proc = opendir("/proc");
  long self = getpid(), parent;
  unsigned long long start;
  int count = 0;
  if (!proc) return 0;
  for (struct dirent *e; (e = readdir(proc));) {
    long pid = atol(e->d_name);
    if (pid > 0 && read_stat(pid, &parent, &start) == 0 && parent == self) count++, act(pid, data);
  }
  closedir(proc);
  return count;
}

static void kill_one(long pid, void *data) {
  (void)data;
  if (pid > 1 && pid != getpid()) kill((pid_t)pid, SIGKILL);
}

/* SIGKILL to all of the cgroup at once where the kernel can (cgroup.kill, Linux 5.14). */
static void kill_everything(const char *cgroup) {
  char path[PATH_MAX];
  if (cgroup) {
    snprintf(path, sizeof path, "%s/cgroup.kill", cgroup);
    if (write_file(path, "1") != 0) each_in_cgroup(cgroup, kill_one, NULL);
  }
  each_child(kill_one, NULL);
}

static void count_one(long pid, void *data) {
  (void)pid, (void)data;
}

struct pid_list {
  char text[512];
};

static void add_pid(long pid, void *data) {
  struct pid_list *list = data;
  char word[24];
  snprintf(word, sizeof word, "%s%ld", list->text[0] ? "," : "", pid);
  if (strlen(list->text) + strlen(word) < sizeof list->text) strcat(list->text, word);
}

/* ---- arguments ---- */

static void usage(const char *what) {
  dprintf(2, "holdfast: %s\n", what);
  exit(64);
}

static long number_of(const char *text) {
  unsigned long value;
  if (parse_number(text, &value) != 0 || value > LONG_MAX) usage("not a number in the arguments");
  return (long)value;
}

/* `--name value` pairs, then `--` and the program with its arguments. */
static void parse_options(struct options *o, int argc, char **argv) {
  memset(o, 0, sizeof *o);
  o->output_max = 8192;
  for (int i = 1; i < argc; i += 2) {
    const char *name = argv[i];
    if (strcmp(name, "--") == 0) {
      o->argv = argv + i + 1;
      return;
    }
    if (i + 1 >= argc) break;
    char *value = argv[i + 1];
    if (strcmp(name, "--join") == 0 && o->join_count < JOINS_MAX)
      o->joins[o->join_count++] = value;
    else if (strcmp(name, "--home") == 0) o->home = value;
    else if (strcmp(name, "--cgroup") == 0) o->cgroup = value;
    else if (strcmp(name, "--fresh") == 0) o->fresh = number_of(value) != 0;
    else if (strcmp(name, "--spare") == 0) o->spare = number_of(value) != 0;
    else if (strcmp(name, "--directory") == 0) o->directory = value;
    else if (strcmp(name, "--user") == 0) o->user = value;
    else if (strcmp(name, "--group") == 0) o->group = value;
    else if (strcmp(name, "--timeout-ms") == 0) o->timeout_ms = number_of(value);
    else if (strcmp(name, "--output-max") == 0) o->output_max = number_of(value);
    else if (strcmp(name, "--input-bytes") == 0) o->input_bytes = number_of(value);
    else if (strcmp(name, "--separate") == 0) o->separate = number_of(value) != 0;
    else if (strcmp(name, "--live") == 0) o->live = value;
    else if (strcmp(name, "--socket") == 0) o->socket = value;
    else if (strcmp(name, "--pid-file") == 0) o->pid_file = value;
    else if (strcmp(name, "--name") == 0) o->name = value;
    else if (strcmp(name, "--adopt-pid") == 0) o->adopt_pid = number_of(value);
    else if (strcmp(name, "--adopt-start") == 0) o->adopt_start = strtoull(value, NULL, 10);
    else usage("unknown argument");
  }
  usage("no `--` before the program");
}

static void check_options(const struct options *o) {
  if (o->output_max > (long)OUTPUT_MAX) usage("--output-max is above 16 MiB");
  if (!o->adopt_pid && (!o->argv[0] || o->argv[0][0] != '/'))
    usage("the program's path must be absolute");
}

/* Moves this program out of the daemon's cgroups; a cgroup that is gone is no reason to stop. */
static void join_cgroups(const struct options *o) {
  for (int i = 0; i < o->join_count; i++) write_file(o->joins[i], "0");
}

/* SIGCHLD and SIGTERM arrive as readable bytes; SIGPIPE and the rest do no harm. */
static int open_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_SETMASK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* True when SIGTERM was among the signals that came. */
static int read_signals(int fd) {
  struct signalfd_siginfo info;
  int term = 0;
  while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
    if (info.ssi_signo == SIGTERM) term = 1;
  return term;
}
#endif
