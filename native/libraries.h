/* libraries.c: Corosync's libraries, opened at first use; false leaves a JavaScript exception. */
#ifndef HOLDFAST_LIBRARIES_H
#define HOLDFAST_LIBRARIES_H
#include "addon.h"
#include "corosync.h"

extern struct hf_cpg_library cpg;
extern struct hf_quorum_library quorum;
bool open_cpg(napi_env env);
bool open_quorum(napi_env env);
napi_value throw_code(napi_env env, const char *what, int code);
#endif
