/*
 * A connection to Corosync: its descriptor in the event loop, its callbacks' records in a queue,
 * its listener in JavaScript.
 */
#include "connection.h"
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  DISPATCH_MAX = 256,           /* callbacks of Corosync per turn of the event loop */
  DISPATCH_BYTES_MAX = 2 << 20, /* and their bytes */
  STACK_BYTES_MIN = 4 << 20,
};

enum record_kind { MESSAGE, GROUP, RING, QUORUM, LOST };

/* One callback of Corosync, copied. `data` is the message, or addresses, or node numbers. */
struct record {
  struct record *next;
  enum record_kind kind;
  uint32_t node, pid, quorate;
  uint64_t sequence;
  size_t count, left_count, joined_count;
  union { char text[1]; struct hf_cpg_address address[1]; uint32_t node[1]; } data[];
};
/* Memory that is not there in a callback of Corosync would be a hole in the order: fatal. */
static void *allocate(size_t size) {
  void *memory = calloc(1, size);
  if (memory == NULL)
    napi_fatal_error("holdfast", NAPI_AUTO_LENGTH, "out of memory", NAPI_AUTO_LENGTH);
  return memory;
}

static struct record *add_record(struct connection *c, enum record_kind kind, size_t bytes) {
  struct record *record = allocate(sizeof *record + bytes);
  record->kind = kind;
  *c->last = record;
  c->last = &record->next;
  c->record_count++;
  c->record_bytes += bytes;
  return record;
}

static void on_message(uint64_t handle, const struct hf_cpg_name *group, uint32_t node,
                       uint32_t pid, void *message, size_t length) {
  void *context = NULL;
  (void)group;
  cpg.context_get(handle, &context);
  struct record *record = add_record(context, MESSAGE, length);
  record->node = node;
  record->pid = pid;
  record->count = length;
  memcpy(record->data, message, length);
}

static void on_group(uint64_t handle, const struct hf_cpg_name *group,
                     const struct hf_cpg_address *members, size_t member_count,
                     const struct hf_cpg_address *left, size_t left_count,
                     const struct hf_cpg_address *joined, size_t joined_count) {
  const size_t size = sizeof(struct hf_cpg_address);
  void *context = NULL;
  (void)group;
  cpg.context_get(handle, &context);
  struct record *record =
      add_record(context, GROUP, (member_count + left_count + joined_count) * size);
  struct hf_cpg_address *place = record->data->address;
  record->count = member_count;
  record->left_count = left_count;
  record->joined_count = joined_count;
  memcpy(place, members, member_count * size);
  memcpy(place + member_count, left, left_count * size);
  memcpy(place + member_count + left_count, joined, joined_count * size);
}

static struct record *add_nodes(struct connection *c, enum record_kind kind, struct hf_ring_id ring,
                                uint32_t count, const uint32_t *nodes) {
  struct record *record = add_record(c, kind, count * sizeof *nodes);
  record->node = ring.node;
  record->sequence = ring.sequence;
  record->count = count;
  memcpy(record->data, nodes, count * sizeof *nodes);
  return record;
}

static void on_ring(uint64_t handle, struct hf_ring_id ring, uint32_t count,
                    const uint32_t *nodes) {
  void *context = NULL;
  cpg.context_get(handle, &context);
  add_nodes(context, RING, ring, count, nodes);
}

static void on_quorum(uint64_t handle, uint32_t quorate, struct hf_ring_id ring, uint32_t count,
                      const uint32_t *nodes) {
  const void *context = NULL;
  quorum.context_get(handle, &context);
  add_nodes((struct connection *)context, QUORUM, ring, count, nodes)->quorate = quorate;
}

/* Needed by libquorum beside the other; the quorum notification carries the same nodes. */
static void on_nodelist(uint64_t handle, struct hf_ring_id ring, uint32_t count,
                        const uint32_t *nodes, uint32_t joined_count, const uint32_t *joined,
                        uint32_t left_count, const uint32_t *left) {
  (void)handle, (void)ring, (void)count, (void)nodes;
  (void)joined_count, (void)joined, (void)left_count, (void)left;
}

const struct hf_cpg_model cpg_model = {HF_CPG_MODEL_V1, on_message, on_group, on_ring,
                                       HF_CPG_INITIAL_TOTEM};
const struct hf_quorum_v1 quorum_model = {HF_QUORUM_MODEL_V1, on_quorum, on_nodelist};

static napi_value address_array(napi_env env, const struct hf_cpg_address *address, size_t count) {
  napi_value array;
  napi_create_array_with_length(env, count, &array);
  for (size_t i = 0; i < count; i++) {
    napi_value entry;
    napi_create_object(env, &entry);
    set_number(env, entry, "number", address[i].node);
    set_number(env, entry, "process", address[i].pid);
    set_number(env, entry, "reason", address[i].reason);
    napi_set_element(env, array, (uint32_t)i, entry);
  }
  return array;
}

static napi_value number_array(napi_env env, const uint32_t *numbers, size_t count) {
  napi_value array;
  napi_create_array_with_length(env, count, &array);
  for (size_t i = 0; i < count; i++)
    napi_set_element(env, array, (uint32_t)i, make_number(env, numbers[i]));
  return array;
}

static napi_value record_value(napi_env env, const struct record *record) {
  static const char *const kinds[] = {"message", "group", "ring", "quorum", "lost"};
  const struct hf_cpg_address *address = record->data->address;
  napi_value value;
  napi_create_object(env, &value);
  set_text(env, value, "kind", kinds[record->kind], strlen(kinds[record->kind]));
  switch (record->kind) {
    case MESSAGE:
      set_number(env, value, "number", record->node);
      set_number(env, value, "process", record->pid);
      set_text(env, value, "text", record->data->text, record->count);
      break;
    case GROUP:
      set(env, value, "members", address_array(env, address, record->count));
      set(env, value, "left", address_array(env, address + record->count, record->left_count));
      set(env, value, "joined",
          address_array(env, address + record->count + record->left_count, record->joined_count));
      break;
    case QUORUM:
      set_boolean(env, value, "quorate", record->quorate != 0);
      /* fall through */
    case RING:
      set_number(env, value, "sequence", (double)record->sequence);
      set_number(env, value, "representative", record->node);
      set(env, value, "nodes", number_array(env, record->data->node, record->count));
      break;
    case LOST:
      set_number(env, value, "code", record->node);
      break;
  }
  return value;
}

/* Hands the queued records to JavaScript as one array. */
static void deliver(struct connection *c) {
  napi_env env = c->env;
  napi_handle_scope scope;
  napi_value batch, listener, global, error, ignored;
  struct record *record = c->first;
  if (record == NULL) return;
  napi_open_handle_scope(env, &scope);
  napi_create_array_with_length(env, c->record_count, &batch);
  c->first = NULL;
  c->last = &c->first;
  c->record_count = c->record_bytes = 0;
  for (uint32_t i = 0; record != NULL; i++) {
    struct record *next = record->next;
    napi_set_element(env, batch, i, record_value(env, record));
    free(record);
    record = next;
  }
  napi_get_global(env, &global);
  napi_get_reference_value(env, c->listener, &listener);
  if (napi_make_callback(env, c->context, global, listener, 1, &batch, &ignored) ==
          napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok)
    napi_fatal_exception(env, error);
  napi_close_handle_scope(env, scope);
}

void stop_polling(struct connection *c) {
  if (!c->open) return;
  c->open = false;
  uv_poll_stop(&c->poll);
  uv_close((uv_handle_t *)&c->poll, NULL);
}

/* Corosync's death closes the socket: the descriptor gets readable and dispatch answers an error. */
static void on_readable(uv_poll_t *poll, int status, int events) {
  struct connection *c = poll->data;
  int code = HF_OK;
  (void)events;
  for (int turn = 0; turn < DISPATCH_MAX && c->record_bytes < DISPATCH_BYTES_MAX; turn++) {
    size_t before = c->record_count;
    code = c->dispatch(c->handle, HF_DISPATCH_ONE_NONBLOCKING);
    if (code != HF_OK || c->record_count == before) break;
  }
  if (status < 0 || (code != HF_OK && code != HF_ERR_TRY_AGAIN)) {
    stop_polling(c);
    add_record(c, LOST, 0)->node = status < 0 ? HF_ERR_LIBRARY : (uint32_t)code;
  }
  deliver(c);
}

/* Dispatch holds 1 MiB of stack: only the main thread has it, and only under a sane limit. */
bool stack_is_large(napi_env env) {
  struct rlimit limit;
  const bool main_thread = getpid() == (pid_t)syscall(SYS_gettid);
  if (main_thread && getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur >= STACK_BYTES_MIN)
    return true;
  napi_throw_error(env, "STACK",
                   "Corosync is used from the main thread alone, with a stack of at least 4 MiB "
                   "(ulimit -s, LimitSTACK=)");
  return false;
}

struct connection *new_connection(napi_env env, napi_value listener,
                                  int (*dispatch)(uint64_t handle, int types)) {
  struct connection *c = allocate(sizeof *c);
  napi_value name;
  c->env = env;
  c->dispatch = dispatch;
  c->last = &c->first;
  napi_create_reference(env, listener, 1, &c->listener);
  napi_create_string_utf8(env, "holdfast", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, NULL, name, &c->context);
  return c;
}

void start_polling(struct connection *c, int fd) {
  uv_loop_t *loop;
  napi_get_uv_event_loop(c->env, &loop);
  uv_poll_init(loop, &c->poll, fd);
  c->poll.data = c;
  c->open = true;
  uv_poll_start(&c->poll, UV_READABLE | UV_DISCONNECT, on_readable);
}

void free_connection(struct connection *c) {
  napi_delete_reference(c->env, c->listener);
  napi_async_destroy(c->env, c->context);
  free(c);
}
