/* Corosync's libraries, opened at first use, and what is read from them in one call. */
#include "libraries.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

struct hf_cpg_library cpg;
struct hf_quorum_library quorum;
static struct hf_votequorum_library votequorum;
static struct hf_cmap_library cmap;

struct symbol {
  const char *name;
  void *place;
};

/* Fills a table of functions; false leaves a JavaScript exception that names what is missing. */
static bool open_library(napi_env env, const char *file, const struct symbol *symbols) {
  char text[300];
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    snprintf(text, sizeof text, "Corosync's library %s is not installed (%s)", file, dlerror());
    napi_throw_error(env, "COROSYNC_ABSENT", text);
    return false;
  }
  for (const struct symbol *s = symbols; s->name != NULL; s++) {
    void *address = dlsym(library, s->name);
    if (address == NULL) {
      snprintf(text, sizeof text, "%s has no %s: Corosync 3.1 or newer is needed", file, s->name);
      napi_throw_error(env, "COROSYNC_OLD", text);
      return false;
    }
    memcpy(s->place, &address, sizeof address);
  }
  return true;
}

bool open_cpg(napi_env env) {
  const struct symbol symbols[] = {
      {"cpg_model_initialize", &cpg.initialize}, {"cpg_finalize", &cpg.finalize},
      {"cpg_fd_get", &cpg.fd_get},               {"cpg_context_get", &cpg.context_get},
      {"cpg_dispatch", &cpg.dispatch},           {"cpg_join", &cpg.join},
      {"cpg_leave", &cpg.leave},                 {"cpg_local_get", &cpg.local_get},
      {"cpg_membership_get", &cpg.members_get},  {"cpg_mcast_joined", &cpg.mcast_joined},
      {NULL, NULL}};
  return cpg.mcast_joined != NULL || open_library(env, "libcpg.so.4", symbols);
}

bool open_quorum(napi_env env) {
  const struct symbol symbols[] = {
      {"quorum_model_initialize", &quorum.initialize}, {"quorum_finalize", &quorum.finalize},
      {"quorum_fd_get", &quorum.fd_get},               {"quorum_context_get", &quorum.context_get},
      {"quorum_dispatch", &quorum.dispatch},           {"quorum_trackstart", &quorum.trackstart},
      {NULL, NULL}};
  return quorum.trackstart != NULL || open_library(env, "libquorum.so.5", symbols);
}

static bool open_votequorum(napi_env env) {
  const struct symbol symbols[] = {{"votequorum_initialize", &votequorum.initialize},
                                   {"votequorum_finalize", &votequorum.finalize},
                                   {"votequorum_getinfo", &votequorum.getinfo},
                                   {NULL, NULL}};
  return votequorum.getinfo != NULL || open_library(env, "libvotequorum.so.8", symbols);
}

static bool open_cmap(napi_env env) {
  const struct symbol symbols[] = {
      {"cmap_initialize", &cmap.initialize}, {"cmap_finalize", &cmap.finalize},
      {"cmap_iter_init", &cmap.iter_init},   {"cmap_iter_next", &cmap.iter_next},
      {"cmap_get", &cmap.get},               {"cmap_iter_finalize", &cmap.iter_finalize},
      {NULL, NULL}};
  return cmap.iter_finalize != NULL || open_library(env, "libcmap.so.4", symbols);
}

napi_value throw_code(napi_env env, const char *what, int code) {
  char text[100], number[12];
  snprintf(text, sizeof text, "%s: Corosync answers %d", what, code);
  snprintf(number, sizeof number, "CS_%d", code);
  napi_throw_error(env, number, text);
  return NULL;
}

/* ---- cmap and votequorum: read once -------------------------------------------------------- */

/* Corosync's typed value as a string or a number; undefined for kinds that nobody reads. */
static napi_value cmap_value(napi_env env, uint64_t handle, const char *name, size_t size) {
  union { int8_t i8; uint8_t u8; int16_t i16; uint16_t u16; int32_t i32; uint32_t u32;
          int64_t i64; uint64_t u64; float f; double d; char *bytes; } v = {0};
  char text[4096];
  int type = 0;
  size_t length = sizeof text;
  void *place = size <= sizeof v ? (void *)&v : (void *)text;
  if (cmap.get(handle, name, NULL, NULL, &type) == HF_OK && type == HF_CMAP_STRING) place = text;
  if (place != text) length = sizeof v;
  if (cmap.get(handle, name, place, &length, &type) != HF_OK) return get_undefined(env);
  switch (type) {
    case 1: return make_number(env, v.i8);
    case 2: return make_number(env, v.u8);
    case 3: return make_number(env, v.i16);
    case 4: return make_number(env, v.u16);
    case 5: return make_number(env, v.i32);
    case 6: return make_number(env, v.u32);
    case 7: return make_number(env, (double)v.i64);
    case 8: return make_number(env, (double)v.u64);
    case 9: return make_number(env, v.f);
    case 10: return make_number(env, v.d);
    case HF_CMAP_STRING: return make_text(env, text, strnlen(text, length));
    default: return get_undefined(env);
  }
}

/* cmapRead(prefix): an object of Corosync's keys that begin so, values as string or number. */
static napi_value cmap_read(napi_env env, napi_callback_info info) {
  char prefix[HF_CMAP_NAME_MAX + 1], name[HF_CMAP_NAME_MAX + 1];
  napi_value argument[1], result;
  uint64_t handle, iterator;
  size_t size;
  int code, type;
  if (!get_arguments(env, info, 1, argument)) return NULL;
  if (!get_text(env, argument[0], prefix, sizeof prefix) || !open_cmap(env)) return NULL;
  if ((code = cmap.initialize(&handle)) != HF_OK) return throw_code(env, "cmap_initialize", code);
  napi_create_object(env, &result);
  if ((code = cmap.iter_init(handle, prefix, &iterator)) == HF_OK) {
    while (cmap.iter_next(handle, iterator, name, &size, &type) == HF_OK)
      napi_set_named_property(env, result, name, cmap_value(env, handle, name, size));
    cmap.iter_finalize(handle, iterator);
  }
  cmap.finalize(handle);
  return code == HF_OK ? result : throw_code(env, "cmap_iter_init", code);
}

/*
 * votequorumRead(node): what is in force {flags, quorum, nodeVotes, expectedVotes, totalVotes,
 * deviceVotes, deviceName}.
 */
static napi_value votequorum_read(napi_env env, napi_callback_info info) {
  struct hf_votequorum_info answer = {0};
  napi_value argument[1], result;
  uint64_t handle;
  uint32_t node;
  int code;
  if (!get_arguments(env, info, 1, argument) || !get_uint32(env, argument[0], &node)) return NULL;
  if (!open_votequorum(env)) return NULL;
  if ((code = votequorum.initialize(&handle, NULL)) != HF_OK)
    return throw_code(env, "votequorum_initialize", code);
  code = votequorum.getinfo(handle, node, &answer);
  votequorum.finalize(handle);
  if (code != HF_OK) return throw_code(env, "votequorum_getinfo", code);
  napi_create_object(env, &result);
  set_number(env, result, "flags", answer.flags);
  set_number(env, result, "quorum", answer.quorum);
  set_number(env, result, "nodeVotes", answer.node_votes);
  set_number(env, result, "expectedVotes", answer.node_expected_votes);
  set_number(env, result, "totalVotes", answer.total_votes);
  set_number(env, result, "deviceVotes", answer.qdevice_votes);
  set_text(env, result, "deviceName", answer.qdevice_name,
           strnlen(answer.qdevice_name, sizeof answer.qdevice_name));
  return result;
}

void add_reads(napi_env env, napi_value exports) {
  add_function(env, exports, "cmapRead", cmap_read);
  add_function(env, exports, "votequorumRead", votequorum_read);
}
