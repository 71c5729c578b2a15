/*
 * watch: an observer of membership that is independent of Holdfast.
 *
 * Prints one JSON line for each word of votequorum on this node:
 *   {"atNs":…,"quorate":true,"sequence":24,"members":[1,2,3]}
 * atNs is CLOCK_MONOTONIC, which all namespaces of one kernel share, read in the callback. While no
 * Corosync runs it tries again every 10 ms; when Corosync goes away it prints {"atNs":…,"lost":true}.
 * See quorum_initialize(3), quorum_trackstart(3). The library is opened at run time, so that this
 * compiles without Corosync's headers.
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { CS_OK = 1, CS_TRACK_CURRENT = 1, CS_TRACK_CHANGES = 2, CS_DISPATCH_ALL = 2 };
typedef uint64_t quorum_handle_t;
typedef struct {
  void (*notify)(quorum_handle_t, uint32_t quorate, uint64_t ring, uint32_t count, uint32_t *list);
} quorum_callbacks_t;

static int (*initialize)(quorum_handle_t *, quorum_callbacks_t *, uint32_t *type);
static int (*trackstart)(quorum_handle_t, unsigned int flags);
static int (*fd_get)(quorum_handle_t, int *fd);
static int (*dispatch)(quorum_handle_t, int dispatch_types);
static int (*finalize)(quorum_handle_t);

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void notify(quorum_handle_t h, uint32_t quorate, uint64_t ring, uint32_t n, uint32_t *list) {
  (void)h;
  printf("{\"atNs\":%" PRId64 ",\"quorate\":%s,\"sequence\":%" PRIu64 ",\"members\":[", now_ns(),
         quorate ? "true" : "false", ring);
  for (uint32_t i = 0; i < n; i++) printf("%s%" PRIu32, i ? "," : "", list[i]);
  printf("]}\n");
  fflush(stdout);
}

static void follow(void) {
  quorum_callbacks_t callbacks = {notify};
  quorum_handle_t handle;
  uint32_t type;
  int fd;
  if (initialize(&handle, &callbacks, &type) != CS_OK) return;
  if (trackstart(handle, CS_TRACK_CURRENT | CS_TRACK_CHANGES) == CS_OK &&
      fd_get(handle, &fd) == CS_OK) {
    struct pollfd wait = {fd, POLLIN, 0};
    do poll(&wait, 1, -1);
    while (dispatch(handle, CS_DISPATCH_ALL) == CS_OK);
    printf("{\"atNs\":%" PRId64 ",\"lost\":true}\n", now_ns());
    fflush(stdout);
  }
  finalize(handle);
}

int main(void) {
  void *library = dlopen("libquorum.so.5", RTLD_NOW);
  if (!library) return fprintf(stderr, "watch: %s\n", dlerror()), 1;
  initialize = dlsym(library, "quorum_initialize");
  trackstart = dlsym(library, "quorum_trackstart");
  fd_get = dlsym(library, "quorum_fd_get");
  dispatch = dlsym(library, "quorum_dispatch");
  finalize = dlsym(library, "quorum_finalize");
  for (;;) {
    follow();
    usleep(10000);
  }
}
