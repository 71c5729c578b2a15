/*
 * init PLAN: makes one node of the laboratory and stays as its process 1.
 *
 * The outer process joins the node's cgroup, takes namespaces of its own for everything and forks
 * process 1, which follows the plan, says "ready PID" (the pid as the host sees it) and from then
 * on only reaps orphans. Both die with the lab's owner (PR_SET_PDEATHSIG), and every process of the
 * node dies with process 1 (pid_namespaces(7)); so a lab that lost its owner leaves nothing running.
 *
 * A plan has one step in each line, its fields separated by tabs:
 *   cgroup DIR        directory of the node's cgroup; the node sees it as the root of /sys/fs/cgroup
 *   scope DIR         cgroup into which process 1 itself goes, below the former
 *   hostname NAME
 *   mkdir PATH        (no error when it exists)
 *   mount TYPE TARGET OPTIONS
 *   bind SOURCE TARGET
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIELDS_MAX 4
static const int NAMESPACES =
    CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWCGROUP;

static void fail(const char *what, const char *object) {
  fprintf(stderr, "init: %s %s: %s\n", what, object, strerror(errno));
  _exit(1);
}

static void join_cgroup(const char *directory) {
  char path[4096];
  snprintf(path, sizeof path, "%s/cgroup.procs", directory);
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0 || write(file, "0", 1) != 1) fail("cannot join cgroup", directory);
  close(file);
}

static void follow(char **field) {
  const char *step = field[0];
  if (!strcmp(step, "hostname")) {
    if (sethostname(field[1], strlen(field[1]))) fail("hostname", field[1]);
  } else if (!strcmp(step, "mkdir")) {
    if (mkdir(field[1], 0755) && errno != EEXIST) fail("mkdir", field[1]);
  } else if (!strcmp(step, "mount")) {
    if (mount("lab", field[2], field[1], 0, field[3])) fail("mount", field[2]);
  } else if (!strcmp(step, "bind")) {
    if (mount(field[1], field[2], NULL, MS_BIND, NULL)) fail("bind", field[2]);
  }
}

/* outer: the steps before the namespaces are taken ("cgroup"); otherwise those after. */
static void follow_plan(const char *path, int outer) {
  FILE *plan = fopen(path, "re");
  char line[8192];
  if (!plan) fail("cannot read", path);
  while (fgets(line, sizeof line, plan)) {
    char *field[FIELDS_MAX] = {"", "", "", ""}, *rest = line;
    line[strcspn(line, "\n")] = 0;
    for (int i = 0; i < FIELDS_MAX && rest; i++) field[i] = strsep(&rest, "\t");
    if (outer) {
      if (!strcmp(field[0], "cgroup")) join_cgroup(field[1]);
    } else {
      follow(field);
    }
  }
  fclose(plan);
}

static void join_scope(const char *path) {
  FILE *plan = fopen(path, "re");
  char line[8192];
  while (plan && fgets(line, sizeof line, plan)) {
    line[strcspn(line, "\n")] = 0;
    if (!strncmp(line, "scope\t", 6)) join_cgroup(line + 6);
  }
  if (plan) fclose(plan);
}

static void process_one(const char *plan, int ready) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) fail("mount", "/");
  join_scope(plan);
  follow_plan(plan, 0);
  if (write(ready, "r", 1) != 1) fail("ready", "pipe");
  close(ready);
  for (;;) {
    int number;
    sigwait(&child, &number);
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
  }
}

int main(int count, char **argument) {
  if (count != 2) return fprintf(stderr, "usage: init PLAN\n"), 64;
  pid_t owner = getppid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != owner) return 1;
  follow_plan(argument[1], 1);
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) || unshare(NAMESPACES)) fail("cannot take", "namespaces");
  pid_t child = fork();
  if (child < 0) fail("cannot fork", "process 1");
  if (child == 0) process_one(argument[1], ready[1]);
  close(ready[1]);
  char byte;
  if (read(ready[0], &byte, 1) == 1) {
    printf("ready %d\n", child);
    fflush(stdout);
  }
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
