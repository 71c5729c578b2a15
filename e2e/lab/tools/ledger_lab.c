/*
 * ledger_lab NAME [detach]: the service that proves that it never runs twice. Appends a record to
 * /run/lab/ledger-NAME, which all nodes share, every 25 ms, as long as it lives; it looks at nothing
 * and locks nothing. Its fencing token is CLOCK_MONOTONIC at its start: namespaces of one kernel
 * share that clock, so a later start has a greater token.
 *
 * SIGTERM: goes on for 300 ms, as a service that has to finish something, and ends. `detach`: ends
 * when a child of it has written the first record, for an agent that must answer. The command line
 * is the same in parent and child, so that there is no moment in which nothing can be found.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PACE_MS = 25, LAST_RECORDS = 12 };

static volatile sig_atomic_t asked;

static void ask(int number) {
  (void)number;
  asked = 1;
}

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* One write(2) with O_APPEND: records of several writers do not mix. */
static void record(int file, const char *host, int64_t token, long number) {
  char line[256];
  int length = snprintf(line, sizeof line, "%s %" PRId64 " %" PRId64 " %ld\n", host, token,
                        now_ns(), number);
  if (write(file, line, length) != length) perror("ledger_lab");
}

int main(int count, char **argument) {
  char path[256], host[64] = "";
  const struct timespec pace = {0, PACE_MS * 1000000};
  if (count < 2) return fprintf(stderr, "usage: ledger_lab NAME [detach]\n"), 64;
  int64_t token = now_ns();
  gethostname(host, sizeof host - 1);
  snprintf(path, sizeof path, "/run/lab/ledger-%s", argument[1]);
  int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return perror(path), 1;
  signal(SIGTERM, ask);
  record(file, host, token, 0);
  if (count > 2 && !strcmp(argument[2], "detach")) {
    if (fork()) _exit(0);
    setsid();
    int nothing = open("/dev/null", O_RDWR);
    for (int stream = 0; stream < 3; stream++) dup2(nothing, stream);
  }
  for (long number = 1, last = LAST_RECORDS; last > 0; number++, last -= asked) {
    nanosleep(&pace, NULL);
    record(file, host, token, number);
  }
  return 0;
}
