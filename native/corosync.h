/*
 * The part of Corosync's library interface that Holdfast uses, declared here so that the addon
 * builds on machines without Corosync's headers and loads on machines without its libraries.
 * Sources: cpg_model_initialize(3), cpg_mcast_joined(3), quorum_model_initialize(3),
 * votequorum_getinfo(3), cmap_iter_init(3), cmap_get(3) of Corosync 3.1.
 * abi-check.c compares every layout and value with the real headers wherever those are installed.
 */
#ifndef HOLDFAST_COROSYNC_H
#define HOLDFAST_COROSYNC_H
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum { HF_OK = 1, HF_ERR_LIBRARY = 2, HF_ERR_TRY_AGAIN = 6, HF_ERR_EXIST = 14 };
enum { HF_DISPATCH_ONE_NONBLOCKING = 4 };
enum { HF_TRACK_CURRENT = 1, HF_TRACK_CHANGES = 2 };
enum { HF_CPG_TYPE_AGREED = 2, HF_CPG_MODEL_V1 = 1, HF_CPG_INITIAL_TOTEM = 1,
       HF_CPG_MEMBERS_MAX = 128 };
enum { HF_QUORUM_MODEL_V1 = 1 };
enum { HF_CMAP_NAME_MAX = 255, HF_CMAP_STRING = 11 };

struct hf_cpg_address { uint32_t node, pid, reason; };
struct hf_cpg_name { uint32_t length; char value[128]; };
struct hf_ring_id { uint32_t node; uint64_t sequence; };

struct hf_cpg_model {
  int model;
  void (*deliver)(uint64_t handle, const struct hf_cpg_name *group, uint32_t node, uint32_t pid,
                  void *message, size_t length);
  void (*confchg)(uint64_t handle, const struct hf_cpg_name *group,
                  const struct hf_cpg_address *members, size_t member_count,
                  const struct hf_cpg_address *left, size_t left_count,
                  const struct hf_cpg_address *joined, size_t joined_count);
  void (*totem_confchg)(uint64_t handle, struct hf_ring_id ring, uint32_t count,
                        const uint32_t *nodes);
  unsigned int flags;
};

struct hf_quorum_v1 {
  int model;
  void (*quorum)(uint64_t handle, uint32_t quorate, struct hf_ring_id ring, uint32_t count,
                 const uint32_t *nodes);
  void (*nodelist)(uint64_t handle, struct hf_ring_id ring, uint32_t count, const uint32_t *nodes,
                   uint32_t joined_count, const uint32_t *joined, uint32_t left_count,
                   const uint32_t *left);
};


struct hf_votequorum_info {
  unsigned int node_id, node_state, node_votes, node_expected_votes, highest_expected, total_votes,
      quorum, flags, qdevice_votes;
  char qdevice_name[255];
};

/* Every function of Corosync's libraries answers with its cs_error_t, here an int. */
struct hf_cpg_library {
  int (*initialize)(uint64_t *handle, int model, void *data, void *context);
  int (*finalize)(uint64_t handle);
  int (*fd_get)(uint64_t handle, int *fd);
  int (*context_get)(uint64_t handle, void **context);
  int (*dispatch)(uint64_t handle, int types);
  int (*join)(uint64_t handle, const struct hf_cpg_name *group);
  int (*leave)(uint64_t handle, const struct hf_cpg_name *group);
  int (*local_get)(uint64_t handle, unsigned *node);
  int (*members_get)(uint64_t handle, struct hf_cpg_name *group, struct hf_cpg_address *members,
                     int *count);
  int (*mcast_joined)(uint64_t handle, int guarantee, const struct iovec *parts, unsigned count);
};

struct hf_quorum_library {
  int (*initialize)(uint64_t *handle, int model, void *data, uint32_t *type, void *context);
  int (*finalize)(uint64_t handle);
  int (*fd_get)(uint64_t handle, int *fd);
  int (*context_get)(uint64_t handle, const void **context);
  int (*dispatch)(uint64_t handle, int types);
  int (*trackstart)(uint64_t handle, unsigned flags);
};

struct hf_votequorum_library {
  int (*initialize)(uint64_t *handle, void *callbacks);
  int (*finalize)(uint64_t handle);
  int (*getinfo)(uint64_t handle, unsigned node, struct hf_votequorum_info *info);
};

struct hf_cmap_library {
  int (*initialize)(uint64_t *handle);
  int (*finalize)(uint64_t handle);
  int (*iter_init)(uint64_t handle, const char *prefix, uint64_t *iterator);
  int (*iter_next)(uint64_t handle, uint64_t iterator, char *name, size_t *length, int *type);
  int (*iter_finalize)(uint64_t handle, uint64_t iterator);
  int (*get)(uint64_t handle, const char *name, void *value, size_t *length, int *type);
};
#endif
