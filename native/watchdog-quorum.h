/* What Corosync's quorum service says, asked by holdfast-watchdog (watchdog.c) itself. */
#ifndef HOLDFAST_WATCHDOG_QUORUM_H
#define HOLDFAST_WATCHDOG_QUORUM_H
#include "corosync.h"
#include <dlfcn.h>
#include <string.h>
#include <time.h>

#define RETRY_MS 1000

static struct {
  struct hf_quorum_library library;
  uint64_t handle;
  int fd, quorate, absent;
  int64_t retry_at_ms;
} quorum_service = {.fd = -1};

/* Goes on in suspend: what a proof says is old after it. */
static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_BOOTTIME, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void on_quorum(uint64_t handle, uint32_t quorate, struct hf_ring_id ring, uint32_t count,
                      const uint32_t *nodes) {
  (void)handle, (void)ring, (void)count, (void)nodes;
  quorum_service.quorate = quorate != 0;
}

static void open_library(void) {
  struct hf_quorum_library *to = &quorum_service.library;
  const struct { const char *name; void *place; } symbols[] = {
      {"quorum_model_initialize", &to->initialize}, {"quorum_finalize", &to->finalize},
      {"quorum_fd_get", &to->fd_get},               {"quorum_dispatch", &to->dispatch},
      {"quorum_trackstart", &to->trackstart}};
  void *library = dlopen("libquorum.so.5", RTLD_NOW | RTLD_LOCAL);
  for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
    void *address = library ? dlsym(library, symbols[i].name) : NULL;
    if (!address) quorum_service.absent = 1;
    memcpy(symbols[i].place, &address, sizeof address);
  }
}

static void leave_quorum(void) {
  if (quorum_service.fd < 0) return;
  quorum_service.library.finalize(quorum_service.handle);
  quorum_service.fd = -1;
  quorum_service.quorate = 0;
  quorum_service.retry_at_ms = now_ms() + RETRY_MS;
}

/* A Corosync that hangs would block this: only for a daemon that is healthy, which needs it too. */
static void join_quorum(void) {
  struct hf_quorum_v1 model = {.model = HF_QUORUM_MODEL_V1, .quorum = on_quorum};
  uint32_t type;
  const struct hf_quorum_library *library = &quorum_service.library;
  if (quorum_service.absent || quorum_service.fd >= 0 || now_ms() < quorum_service.retry_at_ms)
    return;
  quorum_service.retry_at_ms = now_ms() + RETRY_MS;
  if (library->initialize(&quorum_service.handle, HF_QUORUM_MODEL_V1, &model, &type, NULL) != HF_OK)
    return;
  if (library->fd_get(quorum_service.handle, &quorum_service.fd) == HF_OK &&
      library->trackstart(quorum_service.handle, HF_TRACK_CURRENT | HF_TRACK_CHANGES) == HF_OK)
    return;
  quorum_service.fd = 0; /* any that is not -1: there is a handle to give back */
  leave_quorum();
}

/* Corosync's end is the end of quorum. */
static void hear_quorum(void) {
  int code = HF_OK;
  if (quorum_service.fd < 0) return;
  for (int i = 0; i < 16 && code == HF_OK; i++)
    code = quorum_service.library.dispatch(quorum_service.handle, HF_DISPATCH_ONE_NONBLOCKING);
  if (code != HF_OK && code != HF_ERR_TRY_AGAIN) leave_quorum();
}
#endif
