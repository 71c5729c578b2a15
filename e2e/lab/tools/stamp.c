/*
 * stamp: laid over an OCF agent, it times the real one. A measuring instrument, no part of Holdfast.
 *
 * Runs the agent of its own name from /run/lab-agents, passes its exit code on and appends
 *   {"kind":"agent","node":…,"agent":…,"action":…,"resource":…,"beginNs":…,"endNs":…,"code":…}
 * to /run/lab/stamps. Times are CLOCK_MONOTONIC, which all namespaces of one kernel share. Costs
 * one fork, about 0.3 ms.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void stamp(const char *agent, const char *action, int64_t begin, int code) {
  char line[1024], host[64] = "";
  const char *resource = getenv("OCF_RESOURCE_INSTANCE");
  int file = open("/run/lab/stamps", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return;
  gethostname(host, sizeof host - 1);
  int length = snprintf(line, sizeof line,
                        "{\"kind\":\"agent\",\"node\":\"%s\",\"agent\":\"%s\",\"action\":\"%s\","
                        "\"resource\":\"%s\",\"beginNs\":%" PRId64 ",\"endNs\":%" PRId64
                        ",\"code\":%d}\n",
                        host, agent, action, resource ? resource : "", begin, now_ns(), code);
  if (write(file, line, length) != length) perror("stamp");
  close(file);
}

int main(int count, char **argument) {
  char real[512];
  const char *slash = strrchr(argument[0], '/'), *agent = slash ? slash + 1 : argument[0];
  snprintf(real, sizeof real, "/run/lab-agents/%s", agent);
  int64_t begin = now_ns();
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execv(real, argument);
    perror(real);
    _exit(5); /* OCF_ERR_INSTALLED */
  }
  int status;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  stamp(agent, count > 1 ? argument[1] : "", begin, code);
  return code;
}
