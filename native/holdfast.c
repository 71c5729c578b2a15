/*
 * Holdfast's addon: Corosync's group communication and the few system calls that Node lacks.
 *
 * Rules of the addon:
 * - Corosync's libraries are opened at first use; a machine without them loads the addon as well.
 * - A callback of Corosync only queues. JavaScript runs after dispatch has returned: a dispatch
 *   function holds 1 MiB of stack, and JavaScript may close the very connection it came from.
 * - Every call that waits for Corosync's answer after the start runs in the sender's thread. A
 *   Corosync that is stopped or loops blocks that thread, never the event loop.
 */
#include "connection.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
  SEND_MESSAGES_MAX = 4096,
  SEND_BYTES_MAX = 4 << 20,
  RETRY_NS = 2000000, /* pause after "try again" (the ring reforms or is full) */
};

struct message {
  struct message *next;
  size_t length;
  char text[];
};

/* A joined group: a connection with a sender's thread. The lock guards what follows it. */
struct group {
  struct connection base;
  struct hf_cpg_name name;
  uv_async_t left;
  napi_deferred leaving;
  pthread_cond_t wake;
  pthread_mutex_t lock;
  struct message *first, **last;
  size_t count, bytes;
  double busy_since_ms; /* 0, or when the running call to Corosync began */
  bool closing, broken; /* broken: the thread ends without another word to Corosync */
};

/* ---- the sender's thread ------------------------------------------------------------------- */

static double boot_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Notes when a call to Corosync begins or, with `busy` false, ends; false: the group is broken. */
static bool set_busy(struct group *g, bool busy) {
  pthread_mutex_lock(&g->lock);
  g->busy_since_ms = busy ? boot_ms() : 0;
  const bool whole = !g->broken;
  pthread_mutex_unlock(&g->lock);
  return whole;
}

/* Multicasts one message; waits while Corosync says "try again". False: the connection broke. */
static bool multicast(struct group *g, struct message *message) {
  const struct timespec pause = {0, RETRY_NS};
  const struct iovec part = {message->text, message->length};
  while (set_busy(g, true)) {
    const int code = cpg.mcast_joined(g->base.handle, HF_CPG_TYPE_AGREED, &part, 1);
    set_busy(g, false);
    if (code != HF_ERR_TRY_AGAIN) return code == HF_OK;
    nanosleep(&pause, NULL);
  }
  return false;
}

/* The first message stays in the queue while it is sent: it counts against the limits. */
static struct message *next_message(struct group *g) {
  pthread_mutex_lock(&g->lock);
  while (g->first == NULL && !g->closing && !g->broken) pthread_cond_wait(&g->wake, &g->lock);
  struct message *message = g->broken ? NULL : g->first;
  pthread_mutex_unlock(&g->lock);
  return message;
}

static void drop_message(struct group *g, bool sent) {
  pthread_mutex_lock(&g->lock);
  struct message *message = g->first;
  g->first = message->next;
  if (g->first == NULL) g->last = &g->first;
  g->count--;
  g->bytes -= message->length;
  g->broken = g->broken || !sent;
  pthread_mutex_unlock(&g->lock);
  free(message);
}

/* Sends what is queued; on closing sends the rest, leaves the group and reports to the loop. */
static void *sender(void *argument) {
  struct group *g = argument;
  struct message *message;
  while ((message = next_message(g)) != NULL) drop_message(g, multicast(g, message));
  pthread_mutex_lock(&g->lock);
  while (!g->closing) pthread_cond_wait(&g->wake, &g->lock);
  const bool leave = !g->broken;
  pthread_mutex_unlock(&g->lock);
  if (leave) cpg.leave(g->base.handle, &g->name);
  uv_async_send(&g->left);
  return NULL;
}

static void on_left(uv_async_t *left) {
  struct group *g = left->data;
  napi_env env = g->base.env;
  napi_handle_scope scope;
  napi_callback_scope callback;
  napi_value resource;
  uv_close((uv_handle_t *)left, NULL);
  stop_polling(&g->base);
  cpg.finalize(g->base.handle);
  napi_open_handle_scope(env, &scope);
  napi_create_object(env, &resource);
  napi_open_callback_scope(env, resource, g->base.context, &callback);
  napi_resolve_deferred(env, g->leaving, get_undefined(env));
  napi_close_callback_scope(env, callback);
  napi_close_handle_scope(env, scope);
}

static void start_sender(struct group *g) {
  pthread_t thread;
  g->last = &g->first;
  pthread_mutex_init(&g->lock, NULL);
  pthread_cond_init(&g->wake, NULL);
  uv_async_init(g->base.poll.loop, &g->left, on_left);
  uv_unref((uv_handle_t *)&g->left);
  g->left.data = g;
  if (pthread_create(&thread, NULL, sender, g) != 0)
    napi_fatal_error("holdfast", NAPI_AUTO_LENGTH, "no thread to send with", NAPI_AUTO_LENGTH);
  pthread_detach(thread);
}

/* ---- what JavaScript calls ------------------------------------------------------------------ */

/* CPG lets two processes of one node join; looking first spares the others a view with both. */
static bool is_taken(struct group *g) {
  struct hf_cpg_address members[HF_CPG_MEMBERS_MAX];
  int count = HF_CPG_MEMBERS_MAX;
  unsigned self;
  if (cpg.local_get(g->base.handle, &self) != HF_OK) return false;
  if (cpg.members_get(g->base.handle, &g->name, members, &count) != HF_OK) return false;
  for (int i = 0; i < count; i++)
    if (members[i].node == self) return true;
  return false;
}

/* Initializes and joins; answers Corosync's code, with `what` as the call that gave it. */
static int join_group(struct group *g, int *fd, const char **what) {
  struct hf_cpg_model model = cpg_model;
  int code;
  *what = "cpg_model_initialize";
  code = cpg.initialize(&g->base.handle, HF_CPG_MODEL_V1, &model, g);
  if (code != HF_OK) return code;
  *what = "cpg_join";
  code = is_taken(g) ? HF_ERR_EXIST : cpg.join(g->base.handle, &g->name);
  if (code == HF_OK) code = cpg.fd_get(g->base.handle, fd);
  if (code != HF_OK) cpg.finalize(g->base.handle);
  return code;
}

/*
 * cpgOpen(group, listener): joins. Error CS_6 is "try again"; CS_14 says that a process of this
 * node is in the group.
 */
static napi_value cpg_open(napi_env env, napi_callback_info info) {
  char name[sizeof((struct hf_cpg_name *)0)->value];
  napi_value argument[2], result;
  const char *what;
  int fd;
  if (!get_arguments(env, info, 2, argument) || !get_text(env, argument[0], name, sizeof name) ||
      !stack_is_large(env) || !open_cpg(env))
    return NULL;
  struct group *g = (struct group *)new_connection(env, argument[1], sizeof *g);
  g->base.dispatch = cpg.dispatch;
  g->name.length = (uint32_t)strlen(name);
  memcpy(g->name.value, name, g->name.length);
  const int code = join_group(g, &fd, &what);
  if (code != HF_OK) {
    free_connection(&g->base);
    return throw_code(env, what, code);
  }
  start_polling(&g->base, fd);
  start_sender(g);
  napi_create_external(env, g, NULL, NULL, &result);
  return result;
}

/* The one argument of most functions; NULL leaves a TypeError. */
static void *get_connection(napi_env env, napi_value value) {
  void *connection = NULL;
  if (napi_get_value_external(env, value, &connection) != napi_ok)
    napi_throw_type_error(env, NULL, "a connection is expected");
  return connection;
}

/* cpgSend(group, text): false when the queue is full, the connection broke or closes. */
static napi_value cpg_send(napi_env env, napi_callback_info info) {
  napi_value argument[2];
  size_t length;
  struct group *g;
  if (!get_arguments(env, info, 2, argument)) return NULL;
  if ((g = get_connection(env, argument[0])) == NULL) return NULL;
  if (napi_get_value_string_utf8(env, argument[1], NULL, 0, &length) != napi_ok) {
    napi_throw_type_error(env, NULL, "a string is expected");
    return NULL;
  }
  struct message *message = allocate(sizeof *message + length + 1);
  napi_get_value_string_utf8(env, argument[1], message->text, length + 1, &message->length);
  pthread_mutex_lock(&g->lock);
  const bool taken = !g->broken && !g->closing && g->count < SEND_MESSAGES_MAX &&
                     g->bytes + length <= SEND_BYTES_MAX;
  if (taken) {
    *g->last = message;
    g->last = &message->next;
    g->count++;
    g->bytes += length;
    pthread_cond_signal(&g->wake);
  }
  pthread_mutex_unlock(&g->lock);
  if (!taken) free(message);
  return make_boolean(env, taken);
}

/* cpgStatus(group): {queuedMessages, queuedBytes, busyMs: age of the running call}. */
static napi_value cpg_status(napi_env env, napi_callback_info info) {
  napi_value argument[1], result;
  struct group *g;
  if (!get_arguments(env, info, 1, argument)) return NULL;
  if ((g = get_connection(env, argument[0])) == NULL) return NULL;
  pthread_mutex_lock(&g->lock);
  const size_t count = g->count, bytes = g->bytes;
  const double since = g->busy_since_ms;
  pthread_mutex_unlock(&g->lock);
  napi_create_object(env, &result);
  set_number(env, result, "queuedMessages", (double)count);
  set_number(env, result, "queuedBytes", (double)bytes);
  set_number(env, result, "busyMs", since == 0 ? 0 : boot_ms() - since);
  return result;
}

/* cpgClose(group): sends what is queued, leaves the group; a promise, once per connection. */
static napi_value cpg_close(napi_env env, napi_callback_info info) {
  napi_value argument[1], promise;
  struct group *g;
  if (!get_arguments(env, info, 1, argument)) return NULL;
  if ((g = get_connection(env, argument[0])) == NULL) return NULL;
  napi_create_promise(env, &g->leaving, &promise);
  uv_ref((uv_handle_t *)&g->left);
  pthread_mutex_lock(&g->lock);
  g->closing = true;
  g->broken = g->broken || !g->base.open;
  pthread_cond_signal(&g->wake);
  pthread_mutex_unlock(&g->lock);
  return promise;
}

/*
 * cpgAbandon(group), after cpgClose got no answer: no further events, and the process need not
 * wait. The sender's thread ends when Corosync answers, or with the process.
 */
static napi_value cpg_abandon(napi_env env, napi_callback_info info) {
  napi_value argument[1];
  struct group *g;
  if (!get_arguments(env, info, 1, argument)) return NULL;
  if ((g = get_connection(env, argument[0])) == NULL) return NULL;
  stop_polling(&g->base);
  uv_unref((uv_handle_t *)&g->left);
  pthread_mutex_lock(&g->lock);
  g->broken = true;
  pthread_mutex_unlock(&g->lock);
  return get_undefined(env);
}

/* quorumOpen(listener): the first record is the present state. */
static napi_value quorum_open(napi_env env, napi_callback_info info) {
  struct hf_quorum_v1 model = quorum_model;
  napi_value argument[1], result;
  uint32_t type;
  int code, fd;
  if (!get_arguments(env, info, 1, argument) || !stack_is_large(env) || !open_quorum(env))
    return NULL;
  struct connection *c = new_connection(env, argument[0], sizeof *c);
  c->dispatch = quorum.dispatch;
  code = quorum.initialize(&c->handle, HF_QUORUM_MODEL_V1, &model, &type, c);
  if (code == HF_OK && ((code = quorum.fd_get(c->handle, &fd)) != HF_OK ||
                        (code = quorum.trackstart(c->handle, HF_TRACK_CURRENT | HF_TRACK_CHANGES)) !=
                            HF_OK))
    quorum.finalize(c->handle);
  if (code != HF_OK) {
    free_connection(c);
    return throw_code(env, "quorum_trackstart", code);
  }
  start_polling(c, fd);
  napi_create_external(env, c, NULL, NULL, &result);
  return result;
}

/* quorumClose(connection, answers): with `answers` false without a word to Corosync. */
static napi_value quorum_close(napi_env env, napi_callback_info info) {
  napi_value argument[2];
  struct connection *c;
  bool answers = false;
  if (!get_arguments(env, info, 2, argument)) return NULL;
  if ((c = get_connection(env, argument[0])) == NULL) return NULL;
  napi_get_value_bool(env, argument[1], &answers);
  stop_polling(c);
  if (answers) quorum.finalize(c->handle);
  return get_undefined(env);
}

NAPI_MODULE_INIT() {
  add_function(env, exports, "cpgOpen", cpg_open);
  add_function(env, exports, "cpgSend", cpg_send);
  add_function(env, exports, "cpgStatus", cpg_status);
  add_function(env, exports, "cpgClose", cpg_close);
  add_function(env, exports, "cpgAbandon", cpg_abandon);
  add_function(env, exports, "quorumOpen", quorum_open);
  add_function(env, exports, "quorumClose", quorum_close);
  add_reads(env, exports);
  add_system(env, exports);
  return exports;
}
