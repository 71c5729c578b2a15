/*
 * holdfast-launch: runs one operation of an agent and stays with it until every process of it is
 * gone or, when the agent has exited, has become the service.
 *
 * The daemon starts it with descriptor 3 as a socket between them:
 *   up:    `started PID STARTTIME\n`, then once
 *          `result KIND VALUE OUT-LENGTH OUT-TOTAL ERR-LENGTH ERR-TOTAL\n` and the two texts.
 *          KIND VALUE: `exited N`, `signaled N`, `not-run STAGE:ERRNO`, `timed-out -`,
 *          `cancelled -`, `unkillable PID,PID`.
 *   down:  any byte means cancel; so does the end of the stream: the daemon is gone, and an
 *          operation without an owner must not go on beside the probes of the next one.
 *
 * The agent's exit counts, not the end of its output. What it left running is the service and stays.
 * While that still holds the output pipe, this program goes on reading (and
 * forgetting), so that a service never gets SIGPIPE from a daemon that lost interest.
 */
#include "spare.h"

#define UP 3
/* Who reads more than this must not do so before everybody else. */
#define PRINTED_MAX (1u << 20)

enum phase { RUNNING, ENDING, GONE };

struct launch {
  struct options options;
  enum phase phase;
  const char *ending; /* "timed-out", "cancelled" or "not-run" */
  struct failure failure;
  int failed;
  pid_t agent;
  int agent_exited, agent_status, childless;
  int signals, status, out, err, up_open;
  long deadline_ms;
  struct tail out_tail, err_tail;
};

static void tail_write(const struct tail *t, int fd) {
  size_t start = t->length < t->max ? 0 : t->next;
  size_t first = t->length - start < t->length ? t->length - start : t->length;
  write_all(fd, t->bytes + start, first);
  write_all(fd, t->bytes, t->length - first);
}

/* Reads what is there. Returns 0 at the end of the stream, 1 while it is open. */
static int tail_read(struct tail *t, int fd, size_t limit) {
  static char chunk[65536];
  while (limit > 0) {
    ssize_t n = read(fd, chunk, sizeof chunk < limit ? sizeof chunk : limit);
    if (n == 0) return 0;
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (t) tail_add(t, chunk, (size_t)n);
    limit -= (size_t)n;
  }
  return 1;
}

/*
 * What a finished operation leaves behind is the service. It stays where it is, for to move it would
 * hold up the machine; the empty cgroup `kept` below says that this operation is over.
 */
static void keep_remaining(const struct options *o) {
  char mark[PATH_MAX];
  if (!o->cgroup || rmdir(o->cgroup) == 0) return;
  snprintf(mark, sizeof mark, "%s/kept", o->cgroup);
  mkdir(mark, 0755);
}

static void end_all(struct launch *l, const char *why) {
  if (l->phase != RUNNING) return;
  l->phase = ENDING;
  l->ending = why;
  l->deadline_ms = now_ms() + KILL_WAIT_MS;
  kill_everything(l->options.cgroup);
}

/* ---- what came of it ---- */

static void report(struct launch *l, const char *kind, const char *value) {
  if (!l->up_open) return;
  dprintf(UP, "result %s %s %zu %llu %zu %llu\n", kind, value, l->out_tail.length,
          l->out_tail.total, l->err_tail.length, l->err_tail.total);
  tail_write(&l->out_tail, UP);
  tail_write(&l->err_tail, UP);
  close(UP);
  l->up_open = 0;
}

static void read_output(struct launch *l, size_t limit) {
  if (l->out >= 0 && !tail_read(&l->out_tail, l->out, limit)) close(l->out), l->out = -1;
  if (l->err >= 0 && !tail_read(&l->err_tail, l->err, limit)) close(l->err), l->err = -1;
}

static void report_exit(struct launch *l) {
  char value[16];
  read_output(l, 4u << 20);
  if (WIFSIGNALED(l->agent_status)) {
    snprintf(value, sizeof value, "%d", WTERMSIG(l->agent_status));
    report(l, "signaled", value);
  } else {
    snprintf(value, sizeof value, "%d", WEXITSTATUS(l->agent_status));
    report(l, "exited", value);
  }
}

static void report_end(struct launch *l) {
  char value[48] = "-";
  if (l->failed) snprintf(value, sizeof value, "%s:%d", l->failure.stage, l->failure.error);
  read_output(l, 4u << 20);
  report(l, l->ending, value);
}

static void report_unkillable(struct launch *l) {
  struct pid_list pids = {""};
  each_child(add_pid, &pids);
  if (!pids.text[0]) each_in_cgroup(l->options.cgroup, add_pid, &pids);
  report(l, "unkillable", pids.text[0] ? pids.text : "-");
}

/* ---- events ---- */

static void reap(struct launch *l) {
  int status;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
    if (pid == l->agent) l->agent_exited = 1, l->agent_status = status;
  l->childless = pid < 0 && errno == ECHILD;
}

/* The program runs (end of file), or why it could not be run. */
static void read_status(struct launch *l) {
  ssize_t n = read(l->status, &l->failure, sizeof l->failure);
  unsigned long long start = 0;
  long parent;
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  close(l->status);
  l->status = -1;
  if (n == (ssize_t)sizeof l->failure) {
    l->failed = 1;
    end_all(l, "not-run");
    return;
  }
  read_stat(l->agent, &parent, &start);
  if (l->up_open) dprintf(UP, "started %d %llu\n", (int)l->agent, start);
}

static void read_owner(struct launch *l) {
  char bytes[64];
  ssize_t n = read(UP, bytes, sizeof bytes);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  end_all(l, "cancelled");
}

static int next_wait(const struct launch *l) {
  if (l->phase == ENDING) return l->up_open ? 20 : 1000;
  if (l->options.timeout_ms == 0) return -1;
  long left = l->deadline_ms - now_ms();
  return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static void wait_for_events(struct launch *l) {
  struct pollfd fds[5] = {{l->signals, POLLIN, 0},
                          {l->status, POLLIN, 0},
                          {l->out, POLLIN, 0},
                          {l->err, POLLIN, 0},
                          {l->up_open && l->phase == RUNNING ? UP : -1, POLLIN, 0}};
  poll(fds, 5, next_wait(l));
  read_output(l, 1u << 20);
  if (l->out_tail.total + l->err_tail.total > PRINTED_MAX) reset_scheduling();
  if (l->status >= 0 && fds[1].revents) read_status(l);
  if (fds[4].revents) read_owner(l);
  if (read_signals(l->signals)) end_all(l, "cancelled");
  reap(l);
}

static int cgroup_is_empty(const char *cgroup) {
  return each_in_cgroup(cgroup, count_one, NULL) == 0;
}

static void advance(struct launch *l) {
  if (l->phase == RUNNING && l->agent_exited && l->status < 0) {
    report_exit(l);
    l->phase = GONE;
    return;
  }
  if (l->phase == RUNNING && l->options.timeout_ms > 0 && now_ms() >= l->deadline_ms)
    end_all(l, "timed-out");
  if (l->phase != ENDING) return;
  if (l->childless && cgroup_is_empty(l->options.cgroup)) {
    report_end(l);
    l->phase = GONE;
    return;
  }
  kill_everything(l->options.cgroup);
  if (now_ms() >= l->deadline_ms) report_unkillable(l); /* and wait on, to reap it some day */
}

/* ---- start and finish ---- */

/* Standard input: what the daemon gives (at most a pipe's 64 KiB), then the end; or nothing. */
static int open_input(long bytes) {
  int fds[2];
  char buffer[65536];
  size_t length = 0;
  if (bytes == 0) return open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (bytes > (long)sizeof buffer || pipe2(fds, O_CLOEXEC) != 0) return -1;
  while (length < (size_t)bytes) {
    ssize_t n = read(0, buffer + length, (size_t)bytes - length);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    length += (size_t)n;
  }
  write_all(fds[1], buffer, length);
  explicit_bzero(buffer, sizeof buffer);
  close(fds[1]);
  return fds[0];
}

static int open_pipe(int *reader, int *writer) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return -1;
  *reader = fds[0], *writer = fds[1];
  return fcntl(fds[0], F_SETFL, O_NONBLOCK);
}

static void give_up(struct launch *l, const char *stage) {
  char value[48];
  snprintf(value, sizeof value, "%s:%d", stage, errno);
  report(l, "not-run", value);
  exit(1);
}

static void start(struct launch *l) {
  const struct options *o = &l->options;
  int out_write = -1, err_write = -1;
  int in = open_input(o->input_bytes);
  l->out = l->err = -1;
  if (in < 0) give_up(l, "input");
  if (open_pipe(&l->out, &out_write) != 0) give_up(l, "output");
  if (o->separate && open_pipe(&l->err, &err_write) != 0) give_up(l, "output");
  l->deadline_ms = now_ms() + o->timeout_ms;
  l->agent = spawn_program(o, in, out_write, o->separate ? err_write : out_write, &l->status);
  if (l->agent < 0) give_up(l, "fork");
  fcntl(l->status, F_SETFL, O_NONBLOCK);
  close(in), close(out_write);
  if (err_write >= 0) close(err_write);
}

/* Reads and forgets until nobody holds the pipes any more. */
static void drain(struct launch *l) {
  reset_scheduling();
  signal(SIGCHLD, SIG_IGN);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  free(l->out_tail.bytes), free(l->err_tail.bytes);
  while (l->out >= 0 || l->err >= 0) {
    struct pollfd fds[2] = {{l->out, POLLIN, 0}, {l->err, POLLIN, 0}};
    poll(fds, 2, -1);
    if (l->out >= 0 && !tail_read(NULL, l->out, 1u << 20)) close(l->out), l->out = -1;
    if (l->err >= 0 && !tail_read(NULL, l->err, 1u << 20)) close(l->err), l->err = -1;
  }
}

int main(int argc, char **argv) {
  struct launch l;
  memset(&l, 0, sizeof l);
  parse_options(&l.options, argc, argv);
  if (!l.options.spare) check_options(&l.options);
  go_home(&l.options);
  l.up_open = fcntl(UP, F_GETFD) >= 0;
  if (l.up_open) fcntl(UP, F_SETFD, FD_CLOEXEC);
  setsid();
  reset_process();
  join_cgroups(&l.options);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (l.options.spare) {
    become(UP, &argc, &argv);
    parse_options(&l.options, argc, argv);
    check_options(&l.options);
  }
  l.signals = open_signals();
  if (tail_open(&l.out_tail, (size_t)l.options.output_max) != 0) give_up(&l, "memory");
  if (tail_open(&l.err_tail, l.options.separate ? (size_t)l.options.output_max : 0) != 0)
    give_up(&l, "memory");
  if (l.options.live) {
    l.out_tail.live = l.err_tail.live = open(l.options.live, O_WRONLY | O_APPEND | O_CLOEXEC);
    l.out_tail.live_left = l.err_tail.live_left = 1u << 20;
  }
  start(&l);
  while (l.phase != GONE) {
    wait_for_events(&l);
    advance(&l);
  }
  keep_remaining(&l.options);
  drain(&l);
  return 0;
}
