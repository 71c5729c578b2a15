/*
 * One request to holdfastd over its Unix socket, for the programs of crm-tool.c: HTTP/1.0
 * (RFC 1945), so that the answer ends with the connection and comes in one piece.
 */
#ifndef HOLDFAST_CRM_HTTP_H
#define HOLDFAST_CRM_HTTP_H
#include <stddef.h>

#define PATH_CHARS_MAX 4096
#define ANSWER_BYTES_MAX (16u << 20)

enum trouble { NONE, NOT_CONNECTED, NOT_ALLOWED, LATE, BROKEN };

struct answer {
  enum trouble trouble; /* anything but NONE: there is no answer, `text` says why */
  int status;           /* of HTTP */
  char *body;           /* ends with NUL; belongs to the process, which ends soon */
  char text[512];       /* what is wrong, for people; empty when nothing is */
};

/*
 * Sends METHOD to PATH (percent-encoded already) with a JSON body, or none, and waits no longer
 * than the time given. Reading falls back to the socket for readers.
 */
struct answer ask(const char *method, const char *path, const char *json, long timeout_ms);

/*
 * Appends text to a path, percent-encoded as one segment (RFC 3986, section 2.1). 0, or -1: it is
 * too long, or no name.
 */
int add_segment(char *path, size_t size, const char *text);

/* The text as a JSON string with its quotes (RFC 8259, section 7), allocated. */
char *json_string(const char *text);

#endif
