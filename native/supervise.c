/*
 * holdfast-supervise: the parent of one service of the `command` class. It outlives the daemon, so
 * that a restart of the daemon stops no service, and it tells the daemon at once when the service
 * ends. One small process per service: none is a common point of failure for the others.
 *
 * Descriptor 3 is a socket to the daemon that starts it: `started PID STARTTIME\n`, or
 * `not-run STAGE:ERRNO\n`; then it is closed.
 *
 * The pid file has the first process and its start time, and the name in the second line.
 *
 * The daemon talks to it at the socket --socket, one line each way at a time:
 *   at the beginning  `running PID STARTTIME`, or the line below that says how it ended
 *   when it ends      `ended exited N`, `ended signaled N`, `ended gone -` (adopted: the code is
 *                     unknown), then ` stopped` if it was asked to stop, else ` alone`;
 *                     `unkillable PID,PID` when it ended but not all of it can be killed
 *   `stop SIGNAL MS`  the signal to the service, SIGKILL to all of it after so many milliseconds
 *   `output`          `output LENGTH` and the last part of what it printed
 *   `forget`          of a service that has ended: as `output`, then the files and this program go
 *
 * When the service's first process ends, what it left running is killed before the end is told:
 * whoever hears of it may start the service anew.
 *
 * If this program itself is killed, the service goes on. --adopt-pid and --adopt-start then make
 * another one of these look after it, by a pidfd (pidfd_open(2)).
 */
#include "spare.h"
#include <sys/un.h>

#define UP 3
#define CLIENTS_MAX 8
#define LINE_MAX_BYTES 128

struct client {
  int fd;
  size_t length;
  char line[LINE_MAX_BYTES];
};

enum phase { STARTING, RUNNING, KILLING, ENDED, UNKILLABLE };

struct service {
  struct options options;
  enum phase phase;
  pid_t pid;
  unsigned long long start;
  int pidfd; /* of an adopted service, else -1 */
  char how[32]; /* `exited N`, `signaled N`, `gone -` */
  int asked, leaving, childless;
  long kill_at_ms, give_up_at_ms;
  int signals, status, out, listener, journal;
  struct tail tail;
  struct client clients[CLIENTS_MAX];
};

/* ---- what is said ---- */

static void state_line(const struct service *s, char *line, size_t size) {
  struct pid_list pids = {""};
  switch (s->phase) {
    case ENDED:
      snprintf(line, size, "ended %s %s\n", s->how, s->asked ? "stopped" : "alone");
      return;
    case UNKILLABLE:
      each_in_cgroup(s->options.cgroup, add_pid, &pids);
      if (!pids.text[0]) each_child(add_pid, &pids);
      snprintf(line, size, "unkillable %s\n", pids.text[0] ? pids.text : "-");
      return;
    default:
      snprintf(line, size, "running %d %llu\n", (int)s->pid, s->start);
  }
}

static void drop(struct client *c) {
  close(c->fd);
  c->fd = -1;
  c->length = 0;
}

/* A client that does not read is dropped: it can come again and is told the state. */
static void say(struct client *c, const char *bytes, size_t length) {
  if (c->fd >= 0 && send(c->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)length)
    drop(c);
}

static void tell_all(struct service *s) {
  char line[640];
  state_line(s, line, sizeof line);
  for (int i = 0; i < CLIENTS_MAX; i++) say(&s->clients[i], line, strlen(line));
}

static void say_output(struct service *s, struct client *c) {
  char head[32], *text = malloc(s->tail.length + sizeof head);
  size_t start = s->tail.length < s->tail.max ? 0 : s->tail.next;
  if (!text) return drop(c);
  int n = snprintf(text, sizeof head, "output %zu\n", s->tail.length);
  for (size_t i = 0; i < s->tail.length; i++)
    text[(size_t)n + i] = s->tail.bytes[(start + i) % s->tail.max];
  say(c, text, (size_t)n + s->tail.length);
  free(text);
}

/* ---- the end ---- */

static void begin_kill(struct service *s) {
  if (s->phase != RUNNING) return;
  s->phase = KILLING;
  s->give_up_at_ms = now_ms() + KILL_WAIT_MS;
  if (s->pidfd >= 0) syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0);
}

static void first_process_ended(struct service *s, const char *how) {
  snprintf(s->how, sizeof s->how, "%s", how);
  begin_kill(s);
}

static void reap(struct service *s) {
  int status;
  pid_t pid;
  char how[32];
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
    if (pid != s->pid || s->pidfd >= 0) continue;
    if (WIFSIGNALED(status)) snprintf(how, sizeof how, "signaled %d", WTERMSIG(status));
    else snprintf(how, sizeof how, "exited %d", WEXITSTATUS(status));
    first_process_ended(s, how);
  }
  s->childless = pid < 0 && errno == ECHILD;
}

static void stop(struct service *s, int signal, long ms) {
  if (s->phase != RUNNING) return;
  s->asked = 1;
  s->kill_at_ms = now_ms() + ms;
  if (s->pidfd >= 0) syscall(SYS_pidfd_send_signal, s->pidfd, signal, NULL, 0);
  else kill(s->pid, signal);
  if (ms == 0) kill_everything(s->options.cgroup);
}

static int is_gone(const struct service *s) {
  if (!s->how[0] || !s->childless) return 0;
  return each_in_cgroup(s->options.cgroup, count_one, NULL) == 0;
}

static void forget(struct service *s) {
  if (s->phase != ENDED) return;
  unlink(s->options.socket);
  unlink(s->options.pid_file);
  exit(0);
}

static void advance(struct service *s) {
  if (s->phase == RUNNING && s->how[0]) begin_kill(s); /* it had ended before it was seen to run */
  if (s->phase == RUNNING && s->asked && now_ms() >= s->kill_at_ms) begin_kill(s);
  if (s->phase != KILLING && s->phase != UNKILLABLE) return;
  if (is_gone(s)) {
    s->phase = ENDED;
    tell_all(s);
    if (s->leaving) forget(s);
    return;
  }
  kill_everything(s->options.cgroup);
  if (s->phase == KILLING && now_ms() >= s->give_up_at_ms) {
    s->phase = UNKILLABLE;
    tell_all(s);
  }
}

/* ---- clients ---- */

static void obey(struct service *s, struct client *c, const char *line) {
  int signal;
  long ms;
  if (sscanf(line, "stop %d %ld", &signal, &ms) == 2 && signal > 0 && signal < 65 && ms >= 0)
    stop(s, signal, ms);
  else if (strcmp(line, "output") == 0) say_output(s, c);
  else if (strcmp(line, "forget") == 0) {
    say_output(s, c); /* to a client that may be gone by now */
    forget(s);
  }
  else drop(c);
}

static void read_client(struct service *s, struct client *c) {
  ssize_t n = read(c->fd, c->line + c->length, sizeof c->line - c->length);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return drop(c);
  c->length += (size_t)n;
  char *end;
  while (c->fd >= 0 && (end = memchr(c->line, '\n', c->length))) {
    char line[LINE_MAX_BYTES];
    size_t used = (size_t)(end - c->line) + 1;
    memcpy(line, c->line, used);
    line[used - 1] = 0;
    memmove(c->line, c->line + used, c->length - used);
    c->length -= used;
    obey(s, c, line);
  }
  if (c->length == sizeof c->line) drop(c);
}

static void accept_client(struct service *s) {
  char line[640];
  int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  for (int i = 0; i < CLIENTS_MAX; i++) {
    if (s->clients[i].fd >= 0) continue;
    s->clients[i].fd = fd;
    state_line(s, line, sizeof line);
    say(&s->clients[i], line, strlen(line));
    return;
  }
  close(fd);
}

/* ---- output ---- */

/* The service's output goes to the journal as well (sd-journal: the stream that stdout= uses). */
static int open_journal(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/stdout"};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    close(fd);
    return -1;
  }
  /* identifier, unit, priority, level prefix, forward to syslog, kmsg, console */
  dprintf(fd, "%s\n\n6\n0\n0\n0\n0\n", name ? name : "holdfast");
  return fd;
}

static void read_output(struct service *s) {
  char chunk[16384];
  for (int i = 0; i < 16 && s->out >= 0; i++) {
    ssize_t n = read(s->out, chunk, sizeof chunk);
    if (n < 0) return;
    if (n == 0) {
      close(s->out);
      s->out = -1;
      return;
    }
    tail_add(&s->tail, chunk, (size_t)n);
    if (s->journal >= 0 && send(s->journal, chunk, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
        errno != EAGAIN)
      close(s->journal), s->journal = -1;
  }
}

/* ---- start ---- */

static void write_pid_file(const struct service *s) {
  char temporary[PATH_MAX];
  snprintf(temporary, sizeof temporary, "%s.new", s->options.pid_file);
  int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return;
  dprintf(fd, "%d %llu\n%s\n", (int)s->pid, s->start, s->options.name ? s->options.name : "");
  close(fd);
  rename(temporary, s->options.pid_file);
}

static void refuse(const char *stage, int error) {
  dprintf(UP, "not-run %s:%d\n", stage, error);
  exit(1);
}

static void read_status(struct service *s) {
  struct failure failure;
  long parent;
  ssize_t n = read(s->status, &failure, sizeof failure);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  close(s->status);
  s->status = -1;
  if (n == (ssize_t)sizeof failure) {
    unlink(s->options.socket);
    refuse(failure.stage, failure.error);
  }
  read_stat(s->pid, &parent, &s->start);
  write_pid_file(s);
  s->phase = RUNNING;
  dprintf(UP, "started %d %llu\n", (int)s->pid, s->start);
  close(UP);
}

static int listen_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return errno = ENAMETOOLONG, -1;
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return errno = EADDRINUSE, -1;
  unlink(path);
  mode_t old = umask(0177);
  int bound = bind(fd, (struct sockaddr *)&address, sizeof address);
  umask(old);
  return bound == 0 && listen(fd, CLIENTS_MAX) == 0 ? fd : -1;
}

/*
 * The service holds its output pipe for reading as well as for writing (opened anew through
 * /proc/self/fd): it gets no SIGPIPE if this program is killed, and the next one finds the pipe.
 */
static void start(struct service *s) {
  int fds[2];
  char path[64];
  if (pipe2(fds, O_CLOEXEC) != 0) refuse("output", errno);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fds[1]);
  int both = open(path, O_RDWR | O_CLOEXEC);
  int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (in < 0) refuse("input", errno);
  s->out = fds[0];
  fcntl(s->out, F_SETFL, O_NONBLOCK);
  int out = both >= 0 ? both : fds[1];
  s->pid = spawn_program(&s->options, in, out, out, &s->status);
  if (s->pid < 0) refuse("fork", errno);
  fcntl(s->status, F_SETFL, O_NONBLOCK);
  close(in), close(fds[1]);
  if (both >= 0) close(both);
}

static void adopt(struct service *s) {
  char path[64];
  long parent;
  unsigned long long start;
  s->pid = (pid_t)s->options.adopt_pid;
  s->start = s->options.adopt_start;
  s->pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
  if (s->pidfd < 0) refuse("adopt", errno);
  if (read_stat(s->pid, &parent, &start) != 0 || start != s->start) refuse("adopt", ESRCH);
  snprintf(path, sizeof path, "/proc/%d/fd/1", (int)s->pid);
  struct stat found;
  s->out = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (s->out >= 0 && (fstat(s->out, &found) != 0 || !S_ISFIFO(found.st_mode)))
    close(s->out), s->out = -1;
  s->phase = RUNNING;
  dprintf(UP, "started %d %llu\n", (int)s->pid, s->start);
  close(UP);
}

/* ---- the loop ---- */

static int next_wait(const struct service *s) {
  if (s->phase == KILLING) return 10;
  if (s->phase == UNKILLABLE) return 1000;
  if (s->phase != RUNNING || !s->asked) return -1;
  long left = s->kill_at_ms - now_ms();
  return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static void wait_for_events(struct service *s) {
  struct pollfd fds[5 + CLIENTS_MAX] = {{s->signals, POLLIN, 0},
                                        {s->status, POLLIN, 0},
                                        {s->out, POLLIN, 0},
                                        {s->phase == STARTING ? -1 : s->listener, POLLIN, 0},
                                        {s->how[0] ? -1 : s->pidfd, POLLIN, 0}};
  for (int i = 0; i < CLIENTS_MAX; i++) {
    fds[5 + i].fd = s->clients[i].fd;
    fds[5 + i].events = POLLIN;
  }
  poll(fds, 5 + CLIENTS_MAX, next_wait(s));
  read_output(s);
  if (read_signals(s->signals)) { /* the machine goes down: leave nothing to wait for */
    s->leaving = 1;
    stop(s, SIGTERM, KILL_WAIT_MS);
    forget(s);
  }
  if (s->status >= 0 && fds[1].revents) read_status(s);
  if (fds[4].revents) first_process_ended(s, "gone -");
  reap(s);
  for (int i = 0; i < CLIENTS_MAX; i++)
    if (s->clients[i].fd >= 0 && fds[5 + i].revents) read_client(s, &s->clients[i]);
  if (fds[3].revents) accept_client(s);
}

static void check_program(const struct options *o) {
  check_options(o);
  if (!o->socket || !o->pid_file) usage("--socket or --pid-file is missing");
}

int main(int argc, char **argv) {
  struct service s;
  memset(&s, 0, sizeof s);
  s.pidfd = s.status = s.out = s.listener = s.journal = -1;
  for (int i = 0; i < CLIENTS_MAX; i++) s.clients[i].fd = -1;
  parse_options(&s.options, argc, argv);
  if (!s.options.spare) check_program(&s.options);
  if (fcntl(UP, F_SETFD, FD_CLOEXEC) != 0) usage("descriptor 3 is not open");
  go_home(&s.options);
  setsid();
  reset_process();
  join_cgroups(&s.options);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (s.options.spare) {
    become(UP, &argc, &argv);
    parse_options(&s.options, argc, argv);
    check_program(&s.options);
  }
  s.signals = open_signals();
  if (tail_open(&s.tail, (size_t)s.options.output_max) != 0) refuse("memory", ENOMEM);
  s.listener = listen_at(s.options.socket);
  if (s.listener < 0) refuse("socket", errno);
  s.journal = open_journal(s.options.name);
  if (s.options.adopt_pid) adopt(&s);
  else start(&s);
  reset_scheduling(); /* it reads whatever the service prints, for as long as that lives */
  for (;;) {
    wait_for_events(&s);
    advance(&s);
  }
}
