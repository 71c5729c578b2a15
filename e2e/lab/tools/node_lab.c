/*
 * node_lab LOG -- PROGRAM ARGUMENT...: a node without root. What is started in it is its descendant,
 * whatever it does: this is a subreaper (PR_SET_CHILD_SUBREAPER in prctl(2)).
 *
 * Runs the program, its output appended to LOG, and starts it again 200 ms after each end, as the
 * daemon's unit does. SIGTERM is the power switch: every descendant is killed, and this ends with 0
 * only when the kernel says that there is none (ECHILD of waitpid(2)). Any other end proves nothing.
 * It gets the same signal when its owner dies.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RESTART_MS = 200, GIVE_UP_MS = 5000 };

static pid_t parent_of(const char *pid) {
  char path[64], line[512];
  snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t length = read(file, line, sizeof line - 1);
  close(file);
  if (length <= 0) return -1;
  line[length] = 0;
  /* The name in parentheses may hold anything; behind it come the state and the parent. */
  char *end = strrchr(line, ')');
  return end ? atoi(end + 4) : -1;
}

static void kill_children(void) {
  DIR *proc = opendir("/proc");
  struct dirent *entry;
  pid_t self = getpid();
  while (proc && (entry = readdir(proc)))
    if (atoi(entry->d_name) > 0 && parent_of(entry->d_name) == self)
      kill(atoi(entry->d_name), SIGKILL);
  if (proc) closedir(proc);
}

/* A child that dies leaves its own children to this process, so in the end nobody is left. */
static int power_off(void) {
  for (int ms = 0; ms < GIVE_UP_MS; ms++) {
    kill_children();
    pid_t gone;
    while ((gone = waitpid(-1, NULL, WNOHANG)) > 0) {
    }
    if (gone < 0 && errno == ECHILD) return 0;
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
  return 1;
}

static pid_t start(char **argument, const char *log, const sigset_t *blocked) {
  pid_t child = fork();
  if (child != 0) return child;
  int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(in, 0), dup2(out, 1), dup2(out, 2);
  sigprocmask(SIG_UNBLOCK, blocked, NULL);
  setsid();
  execv(argument[0], argument);
  perror(argument[0]);
  _exit(127);
}

int main(int count, char **argument) {
  if (count < 4) return fprintf(stderr, "usage: node_lab LOG -- PROGRAM ARGUMENT…\n"), 64;
  pid_t owner = getppid();
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD), sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != owner) return 1;
  /* Ctrl-C in the terminal is for the owner, who then ends this. */
  setsid();
  pid_t program = start(argument + 3, argument[1], &signals);
  for (;;) {
    struct timespec wait = {RESTART_MS / 1000, RESTART_MS % 1000 * 1000000};
    int number = program ? sigwaitinfo(&signals, NULL) : sigtimedwait(&signals, NULL, &wait);
    if (number == SIGTERM) return power_off();
    if (number < 0 && errno == EAGAIN) program = start(argument + 3, argument[1], &signals);
    pid_t gone;
    while ((gone = waitpid(-1, NULL, WNOHANG)) > 0)
      if (gone == program) program = 0;
  }
}
