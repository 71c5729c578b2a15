/*
 * enter PID CGROUP [--detach LOG] [--restart DELAY_MS] -- PROGRAM ARGUMENT...
 *
 * Runs a program inside the lab node whose process 1 is PID (as the host sees it): joins the cgroup
 * directory CGROUP (made when missing; none if "-"), then all namespaces of the node, and executes
 * the program.
 *
 * Without options it waits, passes SIGTERM, SIGINT and SIGHUP on, and ends as the program ended
 * (128 + N after signal N); the program dies with it. --detach leaves the program to the node's
 * process 1, its output appended to LOG (a path inside the node). --restart does what systemd's
 * Restart=always does: the program is started again DELAY_MS after each end.
 * nsenter(1) would do but for the cgroup, the signals and 2 ms.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t program;

static void fail(const char *what) {
  fprintf(stderr, "enter: %s: %s\n", what, strerror(errno));
  _exit(125);
}

static void pass_on(int number) {
  if (program > 0) kill(program, number);
}

static void make_directories(char *path) {
  for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
    *slash = 0;
    mkdir(path, 0755);
    *slash = '/';
  }
  mkdir(path, 0755);
}

static void join_cgroup(char *directory) {
  char path[4096];
  make_directories(directory);
  snprintf(path, sizeof path, "%s/cgroup.procs", directory);
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0 || write(file, "0", 1) != 1) fail("cannot join the cgroup");
  close(file);
}

static void join_namespaces(int pid) {
  int node = (int)syscall(SYS_pidfd_open, pid, 0);
  if (node < 0) fail("no such node");
  if (setns(node, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID |
                      CLONE_NEWCGROUP))
    fail("cannot join the namespaces");
  close(node);
  if (chdir("/")) fail("chdir");
}

static void execute(char **argument) {
  setsid();
  execvp(argument[0], argument);
  fprintf(stderr, "enter: %s: %s\n", argument[0], strerror(errno));
  _exit(errno == ENOENT ? 127 : 126);
}

/* Child of the node's process 1: output to the log, started again for ever if that is wanted. */
static void stay(char **argument, const char *log, long delay_ms) {
  int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (out < 0 || in < 0) fail(log);
  setsid();
  dup2(in, 0), dup2(out, 1), dup2(out, 2);
  if (delay_ms < 0) execute(argument);
  struct timespec delay = {delay_ms / 1000, delay_ms % 1000 * 1000000};
  for (;;) {
    pid_t child = fork();
    if (child == 0) execute(argument);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
    nanosleep(&delay, NULL);
  }
}

static int follow(char **argument) {
  int status;
  signal(SIGTERM, pass_on), signal(SIGINT, pass_on), signal(SIGHUP, pass_on);
  program = fork();
  if (program == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGTERM, SIG_DFL), signal(SIGINT, SIG_DFL), signal(SIGHUP, SIG_DFL);
    execute(argument);
  }
  while (waitpid(program, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int count, char **argument) {
  const char *log = NULL;
  long delay_ms = -1;
  int at = 3;
  for (; at + 1 < count && strcmp(argument[at], "--"); at += 2) {
    if (!strcmp(argument[at], "--detach")) log = argument[at + 1];
    if (!strcmp(argument[at], "--restart")) delay_ms = atol(argument[at + 1]);
  }
  if (at + 1 >= count) return fprintf(stderr, "usage: enter PID CGROUP [--…] -- PROGRAM…\n"), 64;
  pid_t owner = getppid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != owner) return 1;
  if (strcmp(argument[2], "-")) join_cgroup(argument[2]);
  join_namespaces(atoi(argument[1]));
  char **command = argument + at + 1;
  if (!log) return follow(command);
  if (fork() == 0) {
    if (fork() == 0) stay(command, log, delay_ms);
    _exit(0);
  }
  wait(NULL);
  return 0;
}
