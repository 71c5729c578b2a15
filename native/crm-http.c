#define _GNU_SOURCE
#include "crm-http.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define USER_CHARS_MAX 64
#define RETRY_MS 10

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

__attribute__((format(printf, 3, 4))) static struct answer without(enum trouble trouble, int status,
                                                                   const char *format, ...) {
  struct answer a = {.trouble = trouble, .status = status};
  va_list list;
  va_start(list, format);
  vsnprintf(a.text, sizeof a.text, format, list);
  va_end(list);
  return a;
}

/* ---- the socket ---- */

static enum trouble open_socket(const char *path, long deadline_ms, int *fd) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return NOT_CONNECTED;
  strcpy(address.sun_path, path);
  *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (*fd < 0) return BROKEN;
  while (connect(*fd, (struct sockaddr *)&address, sizeof address) != 0) {
    if (errno == EACCES) return NOT_ALLOWED;
    if (errno != EAGAIN && errno != EINTR) return NOT_CONNECTED;
    if (now_ms() >= deadline_ms) return LATE; /* EAGAIN, unix(7): too many wait already */
    poll(NULL, 0, RETRY_MS);
  }
  return NONE;
}

static enum trouble wait_for(int fd, short events, long deadline_ms) {
  for (;;) {
    long left = deadline_ms - now_ms();
    if (left <= 0) return LATE;
    struct pollfd one = {.fd = fd, .events = events};
    int n = poll(&one, 1, (int)left);
    if (n > 0) return NONE;
    if (n < 0 && errno != EINTR) return BROKEN;
  }
}

static enum trouble send_all(int fd, const char *bytes, size_t length, long deadline_ms) {
  while (length > 0) {
    ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
    if (n >= 0) {
      bytes += n, length -= (size_t)n;
    } else if (errno == EAGAIN) {
      enum trouble trouble = wait_for(fd, POLLOUT, deadline_ms);
      if (trouble) return trouble;
    } else if (errno != EINTR) {
      return BROKEN;
    }
  }
  return NONE;
}

/* Everything up to the end of the connection, with a NUL behind it. */
static enum trouble receive_all(int fd, char **bytes, size_t *length, long deadline_ms) {
  size_t size = 16384;
  *length = 0;
  *bytes = malloc(size);
  while (*bytes) {
    if (*length + 1 == size) {
      char *more = size < ANSWER_BYTES_MAX ? realloc(*bytes, size *= 2) : NULL;
      if (!more) return BROKEN;
      *bytes = more;
    }
    ssize_t n = recv(fd, *bytes + *length, size - *length - 1, 0);
    if (n == 0) {
      (*bytes)[*length] = 0;
      return NONE;
    }
    if (n > 0) {
      *length += (size_t)n;
    } else if (errno == EAGAIN) {
      enum trouble trouble = wait_for(fd, POLLIN, deadline_ms);
      if (trouble) return trouble;
    } else if (errno != EINTR) {
      return BROKEN;
    }
  }
  return BROKEN;
}

/* ---- the answer ---- */

/* The value of a header field, or NULL; the head ends with an empty line. */
static const char *header(const char *head, const char *name) {
  size_t length = strlen(name);
  for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
    if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':') {
      const char *value = line + 3 + length;
      return value + strspn(value, " \t");
    }
  return NULL;
}

/* The field "text" of a problem; its escapes are few, and only people read it. */
static void copy_problem(const char *body, char *text, size_t size) {
  const char *from = strstr(body, "\"text\":\"");
  size_t n = 0;
  if (!from) return;
  for (from += 8; *from && *from != '"' && n + 1 < size; from++) {
    if (*from == '\\' && from[1]) from++;
    text[n++] = *from == '\n' ? ' ' : *from;
  }
  text[n] = 0;
}

static struct answer read_answer(char *bytes, size_t length) {
  struct answer a = {.trouble = NONE};
  char *end = strstr(bytes, "\r\n\r\n");
  if (!end || sscanf(bytes, "HTTP/1.%*1[01] %3d", &a.status) != 1)
    return without(BROKEN, 0, "holdfastd has answered something that is not HTTP");
  *end = 0;
  a.body = end + 4;
  size_t there = length - (size_t)(a.body - bytes);
  const char *announced = header(bytes, "content-length");
  if (header(bytes, "transfer-encoding") || (announced && strtoul(announced, NULL, 10) != there))
    return without(BROKEN, 0, "the answer of holdfastd is not complete");
  if (a.status == 200) return a;
  snprintf(a.text, sizeof a.text, "holdfastd has answered with status %d", a.status);
  copy_problem(a.body, a.text, sizeof a.text);
  return a;
}

/* ---- the request ---- */

/* Whom the history names: the resource whose agent asks, else the user. */
static void copy_user(char *user) {
  static const char *const from[] = {"OCF_RESOURCE_INSTANCE", "SUDO_USER", "USER"};
  const char *name = NULL;
  size_t n = 0;
  for (size_t i = 0; i < sizeof from / sizeof *from && (!name || !*name); i++) name = getenv(from[i]);
  for (; name && *name && n < USER_CHARS_MAX; name++)
    if (isalnum((unsigned char)*name) || strchr("_.@-", *name)) user[n++] = *name;
  user[n] = 0;
}

static enum trouble exchange(int fd, const char *method, const char *path, const char *json,
                             long deadline_ms, char **bytes, size_t *length) {
  char user[USER_CHARS_MAX + 1], *text;
  copy_user(user);
  int size = asprintf(&text,
                      "%s %s HTTP/1.0\r\nHost: localhost\r\nx-holdfast-user: %s\r\n"
                      "content-type: application/json\r\ncontent-length: %zu\r\n\r\n%s",
                      method, path, user, strlen(json), json);
  if (size < 0) return BROKEN;
  enum trouble trouble = send_all(fd, text, (size_t)size, deadline_ms);
  free(text);
  return trouble ? trouble : receive_all(fd, bytes, length, deadline_ms);
}

struct answer ask(const char *method, const char *path, const char *json, long timeout_ms) {
  const char *directory = getenv("HOLDFAST_RUN");
  char socket_path[PATH_CHARS_MAX], *bytes = NULL;
  long deadline_ms = now_ms() + timeout_ms;
  size_t length = 0;
  int fd = -1;
  if (!directory || !*directory) directory = "/run/holdfast";
  snprintf(socket_path, sizeof socket_path, "%s/api.sock", directory);
  enum trouble trouble = open_socket(socket_path, deadline_ms, &fd);
  if (trouble == NOT_ALLOWED && strcmp(method, "GET") == 0) {
    snprintf(socket_path, sizeof socket_path, "%s/read.sock", directory);
    if (fd >= 0) close(fd);
    trouble = open_socket(socket_path, deadline_ms, &fd);
  }
  if (!trouble) trouble = exchange(fd, method, path, json ? json : "", deadline_ms, &bytes, &length);
  if (fd >= 0) close(fd);
  switch (trouble) {
    case NONE: return read_answer(bytes, length);
    case NOT_CONNECTED: return without(trouble, 0, "not connected: holdfastd does not listen on %s", socket_path);
    case NOT_ALLOWED: return without(trouble, 0, "only root may use %s", socket_path);
    case LATE: return without(trouble, 0, "holdfastd has not answered within %ld s", timeout_ms / 1000);
    case BROKEN: break;
  }
  return without(BROKEN, 0, "the connection to holdfastd has broken: %s", strerror(errno));
}

/* ---- texts ---- */

int add_segment(char *path, size_t size, const char *text) {
  size_t n = strlen(path);
  /* Dot segments lead elsewhere, encoded or not (RFC 3986, section 5.2.4). */
  if (!*text || strcmp(text, ".") == 0 || strcmp(text, "..") == 0) return -1;
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (n + 4 > size) return -1;
    if (isalnum(c) || strchr("-._~", c)) path[n++] = (char)c;
    else n += (size_t)sprintf(path + n, "%%%02X", c);
  }
  path[n] = 0;
  return 0;
}

char *json_string(const char *text) {
  char *json = malloc(6 * strlen(text) + 3), *to = json;
  if (!json) return NULL;
  *to++ = '"';
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c < 0x20) to += sprintf(to, "\\u%04x", c);
    else {
      if (c == '"' || c == '\\') *to++ = '\\';
      *to++ = (char)c;
    }
  }
  strcpy(to, "\"");
  return json;
}
