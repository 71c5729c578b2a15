/* What the addon's files share: small words over Node-API. */
#ifndef HOLDFAST_ADDON_H
#define HOLDFAST_ADDON_H
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

static inline napi_value get_undefined(napi_env env) {
  napi_value value;
  napi_get_undefined(env, &value);
  return value;
}
static inline napi_value make_number(napi_env env, double number) {
  napi_value value;
  napi_create_double(env, number, &value);
  return value;
}
static inline napi_value make_boolean(napi_env env, bool yes) {
  napi_value value;
  napi_get_boolean(env, yes, &value);
  return value;
}
static inline napi_value make_text(napi_env env, const char *text, size_t length) {
  napi_value value;
  napi_create_string_utf8(env, text, length, &value);
  return value;
}
static inline void set(napi_env env, napi_value object, const char *name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}
static inline void set_number(napi_env env, napi_value object, const char *name, double number) {
  set(env, object, name, make_number(env, number));
}
static inline void set_boolean(napi_env env, napi_value object, const char *name, bool yes) {
  set(env, object, name, make_boolean(env, yes));
}
static inline void set_text(napi_env env, napi_value object, const char *name, const char *text,
                            size_t length) {
  set(env, object, name, make_text(env, text, length));
}

/* Reads exactly `count` arguments; false leaves a TypeError. */
static inline bool get_arguments(napi_env env, napi_callback_info info, size_t count,
                                 napi_value *arguments) {
  size_t given = count;
  napi_get_cb_info(env, info, &given, arguments, NULL, NULL);
  if (given >= count) return true;
  napi_throw_type_error(env, NULL, "too few arguments");
  return false;
}
/* Reads a string that fits with its end into `size` bytes; false leaves a TypeError. */
static inline bool get_text(napi_env env, napi_value value, char *text, size_t size) {
  size_t length;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) == napi_ok && length < size &&
      napi_get_value_string_utf8(env, value, text, size, &length) == napi_ok)
    return true;
  napi_throw_type_error(env, NULL, "a string is expected, or a shorter one");
  return false;
}
static inline bool get_int32(napi_env env, napi_value value, int32_t *number) {
  if (napi_get_value_int32(env, value, number) == napi_ok) return true;
  napi_throw_type_error(env, NULL, "a number is expected");
  return false;
}
static inline bool get_uint32(napi_env env, napi_value value, uint32_t *number) {
  if (napi_get_value_uint32(env, value, number) == napi_ok) return true;
  napi_throw_type_error(env, NULL, "a number is expected");
  return false;
}
static inline void add_function(napi_env env, napi_value exports, const char *name,
                                napi_callback function) {
  napi_value value;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, NULL, &value);
  set(env, exports, name, value);
}

/* Of announce.c, libraries.c, process.c and system.c: their functions in the addon's exports. */
void add_announce(napi_env env, napi_value exports);
void add_reads(napi_env env, napi_value exports);
void add_process(napi_env env, napi_value exports);
void add_system(napi_env env, napi_value exports);
#endif
