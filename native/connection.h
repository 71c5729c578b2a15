/* connection.c: what Corosync's callbacks say, queued and handed to JavaScript. */
#ifndef HOLDFAST_CONNECTION_H
#define HOLDFAST_CONNECTION_H
#include "libraries.h"
#include <uv.h>

struct record;

struct connection {
  napi_env env;
  napi_ref listener;
  napi_async_context context;
  uv_poll_t poll;
  uint64_t handle;
  int (*dispatch)(uint64_t handle, int types);
  struct record *first, **last;
  size_t record_count, record_bytes;
  bool open;
  struct hf_cpg_name group; /* empty: this is a connection for quorum */
};

struct connection *new_connection(napi_env env, napi_value listener,
                                  int (*dispatch)(uint64_t handle, int types));
/* For one that was never polled. */
void free_connection(struct connection *c);
void start_polling(struct connection *c, int fd);
void stop_polling(struct connection *c);

/* False leaves an exception: a dispatch would not fit on this thread's stack. */
bool stack_is_large(napi_env env);

/* The callbacks for Corosync; the handle's context is the connection. */
extern const struct hf_cpg_model cpg_model;
extern const struct hf_quorum_v1 quorum_model;
#endif
