/*
 * guest_lab: what a guest of the tests serves, in two small processes, so that an emulated processor
 * keeps up with a client every 10 ms and hardly any memory changes while it moves.
 *   port 80  the boot's id; /number: the last one that is on the disk (RFC 9112)
 *   port 7   what was sent, over connections that last (RFC 862)
 *   disk     its first block: a number that grows ten times a second, and the boot that wrote it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WEB = 80, ECHO = 7, WAITING = 511, CLIENTS = 1024, EVERY_NS = 100000000, BLOCK = 512 };

static char boot[37];
/* Of both processes. */
static volatile unsigned long *number;
/* 0 and 1 are the listeners, of the web and of the echo. */
static struct pollfd open_files[2 + CLIENTS];
static char is_echo[2 + CLIENTS];
static nfds_t open_count = 2;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void read_boot(void) {
  int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY);
  if (file < 0 || read(file, boot, 36) != 36) fail("boot_id");
  close(file);
}

/* Never returns: what is on the disk is on the disk before the next number. */
static void write_numbers(const char *disk) {
  static char block[BLOCK] __attribute__((aligned(4096)));
  const struct timespec pause = {0, EVERY_NS};
  int file = open(disk, O_WRONLY | O_DSYNC);
  if (file < 0) fail(disk);
  for (;; nanosleep(&pause, NULL)) {
    snprintf(block, sizeof block, "%-16lu%s\n", *number + 1, boot);
    if (pwrite(file, block, sizeof block, 0) == sizeof block) *number += 1;
    else perror(disk);
  }
}

static void listen_at(int slot, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, WAITING)) fail("listen");
  open_files[slot] = (struct pollfd){.fd = listener, .events = POLLIN};
}

/* Whoever comes while all places are taken waits. */
static void welcome(int listener) {
  int yes = 1, client;
  while (open_count < 2 + CLIENTS && (client = accept4(open_files[listener].fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    is_echo[open_count] = listener == 1;
    open_files[open_count++] = (struct pollfd){.fd = client, .events = POLLIN};
  }
}

static void answer(int client, const char *question) {
  char body[64], text[256];
  int length = strncmp(question, "GET /number ", 12) == 0 ? snprintf(body, sizeof body, "%lu\n", *number)
                                                          : snprintf(body, sizeof body, "%s\n", boot);
  length = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
                    length, body);
  if (write(client, text, length) == length) shutdown(client, SHUT_WR);
}

/* Whether the connection lasts. A request is one piece here: the clients are the tests' own. */
static int serve(nfds_t at) {
  char piece[2048] = "";
  int file = open_files[at].fd;
  ssize_t length = read(file, piece, sizeof piece - 1);
  if (length < 0) return errno == EAGAIN;
  if (length == 0) return 0;
  if (is_echo[at]) return write(file, piece, length) == length;
  answer(file, piece);
  return 0;
}

int main(int count, char **argument) {
  signal(SIGPIPE, SIG_IGN);
  read_boot();
  number = mmap(NULL, sizeof *number, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (number == MAP_FAILED) fail("mmap");
  if (count > 1 && fork() == 0) write_numbers(argument[1]);
  listen_at(0, WEB);
  listen_at(1, ECHO);
  for (;;) {
    for (int listener = 0; listener < 2; listener++)
      open_files[listener].events = open_count < 2 + CLIENTS ? POLLIN : 0;
    if (poll(open_files, open_count, -1) < 0) continue;
    for (nfds_t at = open_count; at-- > 2;) {
      if (open_files[at].revents == 0 || serve(at)) continue;
      close(open_files[at].fd);
      open_count--;
      open_files[at] = open_files[open_count];
      is_echo[at] = is_echo[open_count];
    }
    for (int listener = 0; listener < 2; listener++)
      if (open_files[listener].revents != 0) welcome(listener);
  }
}
