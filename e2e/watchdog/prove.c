/*
 * Stands for the daemon in the guest: `prove SOCKET` proves health to holdfast-watchdog every
 * 200 ms and prints its states; after SIGUSR1 it sends a release instead and then only listens.
 * It connects anew when holdfast-watchdog was restarted.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t is_asked;
static void on_signal(int number) { is_asked = number; }

static int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

static void say(int fd, const char *word) {
  static unsigned long counter;
  struct timespec t;
  clock_gettime(CLOCK_BOOTTIME, &t);
  dprintf(fd, "%s %lu %ld\n", word, ++counter, t.tv_sec * 1000L + t.tv_nsec / 1000000L);
}

int main(int argc, char **argv) {
  char text[1100];
  int fd = -1, is_released = 0;
  signal(SIGUSR1, on_signal);
  signal(SIGPIPE, SIG_IGN);
  for (; argc == 2; poll(NULL, 0, 200)) {
    if (fd < 0) fd = connect_to(argv[1]);
    if (fd < 0) continue;
    if (!is_released) say(fd, is_asked ? "release" : "proof");
    is_released = is_asked != 0;
    ssize_t n = recv(fd, text, sizeof text, MSG_DONTWAIT);
    if (n == 0) close(fd), fd = -1;
    if (n > 0 && write(STDOUT_FILENO, text, (size_t)n) < 0) return 1;
  }
  return 2;
}
