/*
 * holdfast-watchdog: feeds the machine's watchdog (Linux: Documentation/watchdog/watchdog-api.rst)
 * only while the machine is fit to run services. Otherwise the machine is reset, and the other
 * nodes may count on it. Why it is made so: docs/decisions/self-fencing.md.
 *
 * It feeds while Corosync's quorum service, which it asks itself, says that there is quorum, and
 * the daemon's last proof of health is not older than --proof-age. The device is opened when both
 * are so for the first time: a machine that was never in the cluster is never reset.
 *
 * The daemon speaks at --socket, one line each:
 *   `proof N MS`    it is healthy; N rises, MS is CLOCK_BOOTTIME of what the proof is made from
 *   `release N MS`  nothing runs here, and no node counts on the watchdog any more: disarm
 * It is told this program's state, a line of JSON, at the beginning and whenever it changes; the
 * same lines go to standard output.
 *
 * With --disk (up to three times) the others may leave a poison pill there: then it resets the machine
 * (or switches it off) at once, and it feeds only while a majority of the disks is read (docs/decisions/poison-pill.md).
 *
 * Without a release the device is never disarmed: if this program is stopped or killed, the machine
 * is reset unless it is started again in time.
 */
#define _GNU_SOURCE
#include "watchdog-disks.h"
#include "watchdog-quorum.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/watchdog.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define USAGE_ERROR 2
#define DEVICE_RETRY_MS 10000 /* a device that could not be used */
#define FEED_MS_MAX 1000
#define TIMEOUT_S_MIN 2
#define LINE_BYTES_MAX 128
#define STATE_BYTES_MAX 2048
#define STACK_BYTES (1280 << 10) /* a dispatch of Corosync's library puts 1 MiB on the stack */

/* RELEASED: nothing runs here, but the device cannot be disarmed: it is fed whatever happens. */
enum phase { AT_REST, ARMED, RELEASED };

static struct {
  const char *device, *socket;
  int timeout_s;
  int64_t proof_age_ms;
} settings = {"/dev/watchdog", "/run/holdfast/watchdog.sock", 10, 10000};

static struct {
  enum phase phase;
  int fd, can_disarm, feeding;
  int64_t timeout_ms, fed_at_ms, retry_at_ms;
  char identity[sizeof((struct watchdog_info *)0)->identity + 1];
  char trouble[200]; /* why the device cannot be used; empty: it can, or nobody has tried */
} watchdog = {.fd = -1};

static struct {
  int listener, fd;
  size_t length;
  char line[LINE_BYTES_MAX];
  uint64_t counter; /* of this connection */
} daemon_side = {.listener = -1, .fd = -1};

static int64_t proved_at_ms = -1; /* when what the last proof is made from was so */
static int is_virtual;

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

static void tell_kernel(void);
static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void complain(const char *format, ...) {
  char text[400];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  dprintf(STDERR_FILENO, "holdfast-watchdog: %s\n", text);
}

/* The beginning of a small file, without the end of its line; empty when it cannot be read. */
static void read_text(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);
  if (fd >= 0) close(fd);
  text[n > 0 ? n : 0] = 0;
  text[strcspn(text, "\n")] = 0;
}

/* ---- may it be fed? ---- */

static int is_proved(void) {
  return proved_at_ms >= 0 && now_ms() - proved_at_ms <= settings.proof_age_ms;
}

/* Why not; NULL: it may. */
static const char *obstacle(void) {
  if (found_pill()) return "a poison pill for this machine is on a disk";
  if (!are_disks_healthy(now_ms())) return "most of the disks for poison pills cannot be read";
  if (quorum_service.absent) return "Corosync's library libquorum.so.5 is not installed";
  if (proved_at_ms < 0) return "the daemon has not proved its health yet";
  if (!is_proved()) return "the daemon has not proved its health in time";
  if (quorum_service.fd < 0) return "Corosync's quorum service does not answer";
  return quorum_service.quorate ? NULL : "there is no quorum";
}

/* ---- the device ---- */

/* Any byte but 'V' feeds, whatever the driver supports. */
static void feed(void) {
  if (write(watchdog.fd, "", 1) != 1)
    complain("%s cannot be fed: %s", settings.device, strerror(errno));
  watchdog.fed_at_ms = now_ms();
}

/* Its driver's parameter; 1 as well when it cannot be found out. /dev/watchdog is watchdog0. */
static int cannot_be_stopped(dev_t device) {
  char path[80], text[8];
  if (major(device) == 10) snprintf(path, sizeof path, "/sys/class/watchdog/watchdog0/nowayout");
  else snprintf(path, sizeof path, "/sys/dev/char/%u:%u/nowayout", major(device), minor(device));
  read_text(path, text, sizeof text);
  return strcmp(text, "0") != 0;
}

/* Why the open device is of no use; NULL: it is. The timeout that counts is the one read back. */
static const char *unfitness(void) {
  struct watchdog_info info = {0};
  int seconds = settings.timeout_s;
  if (ioctl(watchdog.fd, WDIOC_GETSUPPORT, &info) != 0) return "it does not say what it supports";
  for (size_t i = 0; i < sizeof info.identity; i++) {
    char c = (char)info.identity[i];
    watchdog.identity[i] = c == 0 || (isprint((unsigned char)c) && !strchr("\"\\", c)) ? c : '?';
  }
  if (ioctl(watchdog.fd, WDIOC_SETTIMEOUT, &seconds) != 0)
    complain("%s keeps its own timeout: %s", settings.device, strerror(errno));
  if (ioctl(watchdog.fd, WDIOC_GETTIMEOUT, &seconds) != 0) return "its timeout cannot be read";
  watchdog.timeout_ms = (int64_t)seconds * 1000;
  if (seconds < TIMEOUT_S_MIN) return "its timeout is below 2 s";
  if (!(info.options & WDIOF_MAGICCLOSE) && watchdog.can_disarm)
    return "its driver disarms it when this program dies (no magic close)";
  return NULL;
}

static void set_trouble(const char *why) {
  snprintf(watchdog.trouble, sizeof watchdog.trouble, "%s: %s", settings.device, why);
  watchdog.retry_at_ms = now_ms() + DEVICE_RETRY_MS;
}

/* 'V' right before the end disarms; where that is not allowed, feeding goes on instead. */
static void release(void) {
  if (watchdog.fd < 0) return;
  watchdog.phase = RELEASED;
  if (!watchdog.can_disarm) return;
  if (write(watchdog.fd, "V", 1) != 1 || close(watchdog.fd) != 0)
    complain("%s may not be disarmed: %s", settings.device, strerror(errno));
  watchdog.fd = -1;
  watchdog.phase = AT_REST;
}

static void arm(void) {
  struct stat status;
  if (watchdog.fd < 0) watchdog.fd = open(settings.device, O_WRONLY | O_CLOEXEC);
  if (watchdog.fd < 0) {
    const char *busy = "another program has it (RuntimeWatchdogSec of systemd?)";
    set_trouble(errno == EBUSY ? busy : strerror(errno));
    return;
  }
  watchdog.can_disarm = fstat(watchdog.fd, &status) == 0 && !cannot_be_stopped(status.st_rdev);
  const char *unfit = unfitness();
  watchdog.trouble[0] = 0;
  if (unfit) {
    set_trouble(unfit);
    release();
    return;
  }
  watchdog.phase = ARMED;
  feed();
}

/* Said before anybody needs it; opening it would start it. */
static void look_at_device(void) {
  struct stat status;
  if (stat(settings.device, &status) != 0) set_trouble(strerror(errno));
  else if (!S_ISCHR(status.st_mode)) set_trouble("it is no device");
  watchdog.retry_at_ms = 0;
}

static int64_t feed_interval_ms(void) {
  return watchdog.timeout_ms / 4 < FEED_MS_MAX ? watchdog.timeout_ms / 4 : FEED_MS_MAX;
}

/* Looked at anew right before each feeding. */
static void advance(void) {
  const char *why = obstacle();
  if (watchdog.phase != ARMED && !why && now_ms() >= watchdog.retry_at_ms) arm();
  watchdog.feeding = watchdog.phase == RELEASED || (watchdog.phase == ARMED && !why);
  if (watchdog.feeding && now_ms() - watchdog.fed_at_ms >= feed_interval_ms()) feed();
}

/* Whatever else is so: whoever left it counts on that. What comes of it, the watchdog makes sure. */
static void take_pill(void) {
  static int is_told;
  const char *request = found_pill();
  if (!request || watchdog.phase != ARMED) return;
  if (!is_told) {
    complain("a poison pill was found (request %s): this machine is %s", request,
             is_to_stay_off() ? "switched off" : "reset");
    tell_kernel();
  }
  is_told = 1;
  /* Where that fails the device is not fed any more: then it is reset, and not off. */
  if (reboot(is_to_stay_off() ? RB_POWER_OFF : RB_AUTOBOOT) != 0) return;
}

/* ---- the daemon ---- */

static void drop_daemon(void) {
  if (daemon_side.fd >= 0) close(daemon_side.fd);
  daemon_side.fd = -1;
}

static void hear(const char *line) {
  uint64_t counter;
  int64_t at_ms;
  char word[16], more;
  int is_read = sscanf(line, "%15s %" SCNu64 " %" SCNd64 "%c", word, &counter, &at_ms, &more) == 3;
  int is_release = is_read && strcmp(word, "release") == 0;
  if (!is_read || (!is_release && strcmp(word, "proof") != 0)) {
    complain("the daemon says what nobody understands: %s", line);
    return drop_daemon();
  }
  if (counter <= daemon_side.counter || at_ms > now_ms()) {
    complain("a proof that was said before, or from the future, is refused: %s", line);
    return drop_daemon();
  }
  daemon_side.counter = counter;
  if (is_release) {
    proved_at_ms = -1;
    return release();
  }
  if (at_ms > proved_at_ms) proved_at_ms = at_ms;
}

static void hear_daemon(void) {
  char *end;
  size_t room = sizeof daemon_side.line - 1 - daemon_side.length;
  ssize_t n = read(daemon_side.fd, daemon_side.line + daemon_side.length, room);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return drop_daemon();
  daemon_side.length += (size_t)n;
  daemon_side.line[daemon_side.length] = 0;
  while (daemon_side.fd >= 0 && (end = strchr(daemon_side.line, '\n'))) {
    *end = 0;
    hear(daemon_side.line);
    daemon_side.length -= (size_t)(end + 1 - daemon_side.line);
    memmove(daemon_side.line, end + 1, daemon_side.length + 1);
  }
  /* A line without an end, or a byte that is no text. */
  size_t text = strlen(daemon_side.line);
  if (text != daemon_side.length || text == sizeof daemon_side.line - 1) drop_daemon();
}

/* One at a time: the newest, for a daemon that was restarted. */
static void accept_daemon(void) {
  int fd = accept4(daemon_side.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  drop_daemon();
  daemon_side.fd = fd;
  daemon_side.length = 0;
  daemon_side.counter = 0;
}

/* ---- what it says of itself ---- */

static void write_state(char *text, size_t size) {
  char of_disks[STATE_BYTES_MAX / 2];
  write_disks(of_disks, sizeof of_disks, now_ms());
  int is_of_disks = found_pill() || !are_disks_healthy(now_ms());
  const char *why = watchdog.trouble[0] && !is_of_disks ? watchdog.trouble : obstacle();
  snprintf(text, size,
           "{\"armed\":%s,\"feeding\":%s,\"timeoutMs\":%" PRId64 ",\"proofAgeMs\":%" PRId64
           ",\"identity\":\"%s\",\"canDisarm\":%s,\"virtual\":%s%s,\"why\":\"%s\"}\n",
           watchdog.phase == ARMED ? "true" : "false", watchdog.feeding ? "true" : "false",
           watchdog.timeout_ms, settings.proof_age_ms, watchdog.identity,
           watchdog.can_disarm ? "true" : "false", is_virtual ? "true" : "false", of_disks, why ? why : "");
}

/* The last word before a reset: the journal may not get to the disk any more. */
static void tell_kernel(void) {
  char text[200];
  int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
  const char *why = obstacle();
  int n = snprintf(text, sizeof text, "<2>holdfast-watchdog: does not feed any more: %s\n",
                   why ? why : "");
  if (fd >= 0 && write(fd, text, (size_t)n) < 0) complain("the kernel's log is closed");
  if (fd >= 0) close(fd);
}

static void tell(int newcomer) {
  static char told[STATE_BYTES_MAX];
  static int was_fed;
  char text[STATE_BYTES_MAX];
  write_state(text, sizeof text);
  int changed = strcmp(text, told) != 0;
  size_t length = strlen(text);
  if (changed && write(STDOUT_FILENO, text, length) < 0 && errno != EAGAIN)
    complain("its states cannot be written: %s", strerror(errno));
  if (daemon_side.fd >= 0 && (changed || newcomer) &&
      send(daemon_side.fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)length)
    drop_daemon();
  if (was_fed && !watchdog.feeding && watchdog.phase == ARMED) tell_kernel();
  was_fed = watchdog.feeding;
  memcpy(told, text, sizeof told);
}

/* ---- the program ---- */

static void usage(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
static void usage(const char *format, ...) {
  char text[200];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  complain("%s\nusage: holdfast-watchdog [--device PATH] [--socket PATH] [--timeout SECONDS] "
           "[--proof-age SECONDS]\n       [--node NAME] [--disk PATH]... [--disk-age SECONDS]", text);
  exit(USAGE_ERROR);
}

static long seconds_of(const char *name, const char *text, long least, long most) {
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (!isdigit((unsigned char)*text) || *end || errno || value < least || value > most)
    usage("%s cannot be \"%s\": whole seconds from %ld to %ld", name, text, least, most);
  return value;
}

static void set_node(const char *name) {
  if (!*name || strlen(name) > PILL_NAME_MAX || strspn(name, NAME_CHARS) != strlen(name))
    usage("--node cannot be \"%s\": letters, digits, '.', '-' and '_'", name);
  strcpy(disks.node, name);
}

static void add_disk(const char *path) {
  if (*path != '/' || strlen(path) > 100 || strpbrk(path, "\"\\"))
    usage("--disk cannot be \"%s\": an absolute path of at most 100 bytes", path);
  if (disks.count == PILL_DISKS_MAX) usage("--disk \"%s\": at most %d disks", path, PILL_DISKS_MAX);
  disks.paths[disks.count++] = path;
}

static void parse(char **argument) {
  for (; *argument; argument += 2) {
    const char *name = argument[0], *value = argument[1];
    if (strncmp(name, "--", 2) != 0) usage("\"%s\" is no option", name);
    if (!value) usage("%s needs a value", name);
    if (strcmp(name, "--device") == 0) settings.device = value;
    else if (strcmp(name, "--socket") == 0) settings.socket = value;
    else if (strcmp(name, "--timeout") == 0)
      settings.timeout_s = (int)seconds_of(name, value, TIMEOUT_S_MIN, 600);
    else if (strcmp(name, "--proof-age") == 0)
      settings.proof_age_ms = 1000 * seconds_of(name, value, 1, 600);
    else if (strcmp(name, "--disk-age") == 0)
      disks.age_ms = 1000 * seconds_of(name, value, 2, 600);
    else if (strcmp(name, "--node") == 0) set_node(value);
    else if (strcmp(name, "--disk") == 0) add_disk(value);
    else usage("%s is no option", name);
  }
  if (disks.count > 0 && !disks.node[0] && gethostname(disks.node, sizeof disks.node - 1) != 0)
    usage("--node is needed: the machine has no name");
  if (*settings.device != '/' || strlen(settings.device) > 100 || strpbrk(settings.device, "\"\\"))
    usage("--device cannot be \"%s\": an absolute path of at most 100 bytes", settings.device);
  size_t most = sizeof((struct sockaddr_un *)0)->sun_path - 1;
  if (*settings.socket != '/' || strlen(settings.socket) > most)
    usage("--socket cannot be \"%s\": an absolute path of at most 107 bytes", settings.socket);
}

/* A socket that answers belongs to another one of these, which must not lose its daemon. */
static void listen_for_daemon(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strcpy(address.sun_path, settings.socket);
  int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(probe, (struct sockaddr *)&address, sizeof address) == 0) {
    complain("another one listens at %s", settings.socket);
    exit(1);
  }
  close(probe);
  unlink(settings.socket);
  umask(0177);
  daemon_side.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (bind(daemon_side.listener, (struct sockaddr *)&address, sizeof address) == 0 &&
      listen(daemon_side.listener, 4) == 0)
    return;
  complain("cannot listen at %s: %s", settings.socket, strerror(errno));
  exit(1);
}

/* Any virtual machine can be paused, and its watchdog with it. */
static int runs_in_virtual_machine(void) {
  char text[4096];
  FILE *cpus = fopen("/proc/cpuinfo", "re");
  int found = access("/sys/hypervisor/type", F_OK) == 0 ||
              access("/proc/device-tree/hypervisor", F_OK) == 0;
  while (cpus && !found && fgets(text, sizeof text, cpus))
    found = strncmp(text, "flags", 5) == 0 && strstr(text, " hypervisor") != NULL;
  if (cpus) fclose(cpus);
  read_text("/sys/class/dmi/id/sys_vendor", text, sizeof text);
  return found || strcmp(text, "QEMU") == 0;
}

/* Touched before it is locked: no page is wanted of a machine that has none left. */
static void __attribute__((noinline)) touch_stack(void) {
  char stack[STACK_BYTES];
  memset(stack, 0, sizeof stack);
  __asm__ volatile("" : : "r"(stack) : "memory");
}

static void become_dependable(void) {
  /* Below Corosync, above all else: what is starved here is reset. */
  struct sched_param priority = {.sched_priority = sched_get_priority_max(SCHED_RR) - 1};
  touch_stack();
  if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
    complain("memory is not locked: %s", strerror(errno));
  if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &priority) != 0)
    complain("runs at the ordinary priority: %s", strerror(errno));
  /* A reader of the journal that stands still must not hold up the feeding. */
  fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
  fcntl(STDERR_FILENO, F_SETFL, fcntl(STDERR_FILENO, F_GETFL) | O_NONBLOCK);
}

static int open_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void end(void) {
  if (watchdog.phase == RELEASED) complain("the device cannot be disarmed, and is fed no more");
  if (watchdog.phase == ARMED)
    complain("ends without a release: the machine is reset within %" PRId64
             " ms unless this program is started again", watchdog.timeout_ms);
  unlink(settings.socket);
  exit(0);
}

int main(int argc, char **argv) {
  if (argc > 0) parse(argv + 1);
  open_library();
  is_virtual = runs_in_virtual_machine();
  pill_boot(disks.boot);
  look_at_device();
  int signals = open_signals();
  listen_for_daemon();
  become_dependable();
  for (;;) {
    keep_readers(now_ms, become_dependable);
    advance();
    take_pill();
    tell(0);
    struct pollfd fds[] = {{signals, POLLIN, 0}, {daemon_side.listener, POLLIN, 0},
                           {daemon_side.fd, POLLIN, 0}, {quorum_service.fd, POLLIN, 0}};
    poll(fds, sizeof fds / sizeof *fds, watchdog.fd < 0 ? RETRY_MS : (int)feed_interval_ms() / 2);
    if (fds[0].revents) end();
    if (fds[2].revents) hear_daemon();
    if (fds[1].revents) accept_daemon();
    if (is_proved()) join_quorum();
    hear_quorum();
    if (fds[1].revents) tell(1);
  }
}
