/*
 * Programs that the daemon starts before it needs them (src/host/process/spare.ts): each waits in its
 * cgroup until it is told what to do.
 */
#ifndef HOLDFAST_SPARE_H
#define HOLDFAST_SPARE_H
#include "spawn.h"
#include <sys/mman.h>

/* True when all of it was read; the daemon may be gone before. */
static int read_all(int fd, char *bytes, size_t length) {
  while (length > 0) {
    ssize_t n = read(fd, bytes, length);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return 0;
    bytes += n, length -= (size_t)n;
  }
  return 1;
}

#define SPARE_BYTES_MAX (1u << 20)

/* The next `count` of the texts that follow each other up to `end`; NULL when there are less. */
static char **take_texts(char **at, const char *end, uint32_t count) {
  char **list = calloc(count + 1u, sizeof *list);
  for (uint32_t i = 0; list && i < count; i++) {
    if (*at >= end) return NULL;
    list[i] = *at;
    *at += strlen(*at) + 1;
  }
  return list;
}

/* Standard input as the daemon gives it to a program that it starts when it is needed. */
static void take_input(int fd, uint32_t length) {
  char *bytes = malloc(length + 1u);
  int input = memfd_create("input", MFD_CLOEXEC);
  if (!bytes || input < 0 || !read_all(fd, bytes, length)) _exit(1);
  write_all(input, bytes, length);
  explicit_bzero(bytes, length);
  free(bytes);
  if (lseek(input, 0, SEEK_SET) != 0 || dup2(input, 0) < 0) _exit(1);
  close(input);
}

/*
 * A spare waits on descriptor `fd` for what others get from execve(2): four numbers of 32 bits in
 * the machine's order (bytes of the texts, count of arguments, of variables, bytes of standard
 * input), the texts, each ended by NUL, and the input. It ends with the daemon.
 */
static void become(int fd, int *argc, char ***argv) {
  uint32_t head[4];
  if (!read_all(fd, (char *)head, sizeof head)) _exit(0);
  if (head[0] > SPARE_BYTES_MAX || head[1] > head[0] || head[2] > head[0]) _exit(1);
  char *texts = malloc(head[0] + 1u), *at = texts;
  if (!texts || !read_all(fd, texts, head[0])) _exit(1);
  texts[head[0]] = 0;
  char **arguments = take_texts(&at, texts + head[0], head[1]);
  char **variables = take_texts(&at, texts + head[0], head[2]);
  if (!arguments || !variables || head[3] > SPARE_BYTES_MAX) _exit(1);
  if (head[3] > 0) take_input(fd, head[3]);
  *argc = (int)head[1], *argv = arguments;
  environ = variables;
}
#endif
