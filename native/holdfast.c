/*
 * Holdfast's addon: Corosync's group communication and the few system calls that Node lacks.
 *
 * Rules of the addon:
 * - Corosync's libraries are opened at first use; a machine without them loads the addon as well.
 * - A callback of Corosync only queues. JavaScript runs after dispatch has returned: a dispatch
 *   function holds 1 MiB of stack, and JavaScript may close the very connection it came from.
 * - Nothing that runs after the start may wait for a Corosync that is stopped or loops. Multicasting
 *   does not: it puts the message into shared memory, and says "try again" when that is full.
 *   Leaving and finalizing do: they are left out when the caller has reason to doubt an answer.
 */
#include "connection.h"
#include <errno.h>
#include <signal.h>
#include <string.h>

/* No process has this number; where that cannot be said, one has. */
static bool has_ended(uint32_t process) { return kill((pid_t)process, 0) == -1 && errno == ESRCH; }

/*
 * CPG lets two processes of one node join; looking first spares the others a view with both.
 * `beside_ended`: one that has ended, and that Corosync keeps all the same, takes no place.
 */
static bool is_taken(struct connection *c, bool beside_ended) {
  struct hf_cpg_address members[HF_CPG_MEMBERS_MAX];
  int count = HF_CPG_MEMBERS_MAX;
  unsigned self;
  if (cpg.local_get(c->handle, &self) != HF_OK) return false;
  if (cpg.members_get(c->handle, &c->group, members, &count) != HF_OK) return false;
  for (int i = 0; i < count; i++)
    if (members[i].node == self && !(beside_ended && has_ended(members[i].pid))) return true;
  return false;
}

/* Initializes and joins; answers Corosync's code, with `what` as the call that gave it. */
static int join_group(struct connection *c, bool beside_ended, int *fd, const char **what) {
  struct hf_cpg_model model = cpg_model;
  int code;
  *what = "cpg_model_initialize";
  code = cpg.initialize(&c->handle, HF_CPG_MODEL_V1, &model, c);
  if (code != HF_OK) return code;
  *what = "cpg_join";
  code = is_taken(c, beside_ended) ? HF_ERR_EXIST : cpg.join(c->handle, &c->group);
  if (code == HF_OK) code = cpg.fd_get(c->handle, fd);
  if (code != HF_OK) cpg.finalize(c->handle);
  return code;
}

/*
 * cpgOpen(group, listener, besideEnded): joins. Error CS_6 is "try again"; CS_14 says that a process
 * of this node is in the group.
 */
static napi_value cpg_open(napi_env env, napi_callback_info info) {
  struct hf_cpg_name group = {0};
  napi_value argument[3], result;
  const char *what;
  bool beside_ended = false;
  int fd;
  if (!get_arguments(env, info, 3, argument) ||
      !get_text(env, argument[0], group.value, sizeof group.value) || !stack_is_large(env) ||
      !open_cpg(env))
    return NULL;
  group.length = (uint32_t)strlen(group.value);
  struct connection *c = new_connection(env, argument[1], cpg.dispatch);
  c->group = group;
  napi_get_value_bool(env, argument[2], &beside_ended);
  const int code = join_group(c, beside_ended, &fd, &what);
  if (code != HF_OK) {
    free_connection(c);
    return throw_code(env, what, code);
  }
  start_polling(c, fd);
  napi_create_external(env, c, NULL, NULL, &result);
  return result;
}

/* The first argument of most functions; NULL leaves a TypeError. */
static struct connection *get_connection(napi_env env, napi_value value) {
  void *connection = NULL;
  if (napi_get_value_external(env, value, &connection) != napi_ok)
    napi_throw_type_error(env, NULL, "a connection is expected");
  return connection;
}

/* cpgSend(group, message): multicasts bytes; false when Corosync says "try again". */
static napi_value cpg_send(napi_env env, napi_callback_info info) {
  napi_value argument[2];
  struct connection *c;
  struct iovec part;
  if (!get_arguments(env, info, 2, argument)) return NULL;
  if ((c = get_connection(env, argument[0])) == NULL) return NULL;
  if (napi_get_buffer_info(env, argument[1], &part.iov_base, &part.iov_len) != napi_ok) {
    napi_throw_type_error(env, NULL, "bytes are expected");
    return NULL;
  }
  const int code = cpg.mcast_joined(c->handle, HF_CPG_TYPE_AGREED, &part, 1);
  if (code == HF_OK || code == HF_ERR_TRY_AGAIN) return make_boolean(env, code == HF_OK);
  return throw_code(env, "cpg_mcast_joined", code);
}

/* quorumOpen(listener): the first record is the present state. */
static napi_value quorum_open(napi_env env, napi_callback_info info) {
  struct hf_quorum_v1 model = quorum_model;
  napi_value argument[1], result;
  uint32_t type;
  int code, fd;
  if (!get_arguments(env, info, 1, argument) || !stack_is_large(env) || !open_quorum(env))
    return NULL;
  struct connection *c = new_connection(env, argument[0], quorum.dispatch);
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

/* Leaves the group if there is one: the others then hear of a leave, not of a death. */
static void finalize(struct connection *c) {
  if (c->group.length == 0) {
    quorum.finalize(c->handle);
    return;
  }
  cpg.leave(c->handle, &c->group);
  cpg.finalize(c->handle);
}

/* close(connection, answers): once. With `answers` false without a word to Corosync. */
static napi_value close_connection(napi_env env, napi_callback_info info) {
  napi_value argument[2];
  struct connection *c;
  bool answers = false;
  if (!get_arguments(env, info, 2, argument)) return NULL;
  if ((c = get_connection(env, argument[0])) == NULL) return NULL;
  napi_get_value_bool(env, argument[1], &answers);
  stop_polling(c);
  if (answers) finalize(c);
  return get_undefined(env);
}

NAPI_MODULE_INIT() {
  add_function(env, exports, "cpgOpen", cpg_open);
  add_function(env, exports, "cpgSend", cpg_send);
  add_function(env, exports, "quorumOpen", quorum_open);
  add_function(env, exports, "close", close_connection);
  add_reads(env, exports);
  add_process(env, exports);
  add_system(env, exports);
  add_announce(env, exports);
  return exports;
}
