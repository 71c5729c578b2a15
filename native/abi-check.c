/* Compiled only (never linked) where Corosync's headers are installed: a layout or a value in
 * corosync.h that differs from Corosync's own stops the build. */
#include "corosync.h"
#include <corosync/cmap.h>
#include <corosync/cpg.h>
#include <corosync/quorum.h>
#include <corosync/votequorum.h>

#define SAME(a, b) _Static_assert((a) == (b), #a " differs from " #b)
#define SAME_SIZE(a, b) SAME(sizeof(a), sizeof(b))
#define SAME_PLACE(a, m, b, n) SAME(offsetof(a, m), offsetof(b, n))

SAME(HF_OK, CS_OK);
SAME(HF_ERR_LIBRARY, CS_ERR_LIBRARY);
SAME(HF_ERR_TRY_AGAIN, CS_ERR_TRY_AGAIN);
SAME(HF_ERR_EXIST, CS_ERR_EXIST);
SAME(HF_DISPATCH_ONE_NONBLOCKING, CS_DISPATCH_ONE_NONBLOCKING);
SAME(HF_TRACK_CURRENT, CS_TRACK_CURRENT);
SAME(HF_TRACK_CHANGES, CS_TRACK_CHANGES);
SAME(HF_CPG_TYPE_AGREED, CPG_TYPE_AGREED);
SAME(HF_CPG_MODEL_V1, CPG_MODEL_V1);
SAME(HF_CPG_INITIAL_TOTEM, CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF);
SAME(HF_CPG_MEMBERS_MAX, CPG_MEMBERS_MAX);
SAME(HF_QUORUM_MODEL_V1, QUORUM_MODEL_V1);
SAME(HF_CMAP_NAME_MAX, CMAP_KEYNAME_MAXLEN);
SAME(HF_CMAP_STRING, CMAP_VALUETYPE_STRING);
SAME_SIZE(int, cs_error_t);
SAME_SIZE(uint64_t, cpg_handle_t);
SAME_SIZE(uint64_t, quorum_handle_t);
SAME_SIZE(uint64_t, votequorum_handle_t);
SAME_SIZE(uint64_t, cmap_handle_t);
SAME_SIZE(uint64_t, cmap_iter_handle_t);

SAME_SIZE(struct hf_cpg_address, struct cpg_address);
SAME_PLACE(struct hf_cpg_address, pid, struct cpg_address, pid);
SAME_PLACE(struct hf_cpg_address, reason, struct cpg_address, reason);
SAME_SIZE(struct hf_cpg_name, struct cpg_name);
SAME_PLACE(struct hf_cpg_name, value, struct cpg_name, value);
SAME_SIZE(struct hf_ring_id, struct cpg_ring_id);
SAME_SIZE(struct hf_ring_id, struct quorum_ring_id);
SAME_PLACE(struct hf_ring_id, sequence, struct cpg_ring_id, seq);
SAME_PLACE(struct hf_ring_id, sequence, struct quorum_ring_id, seq);

SAME_SIZE(struct hf_cpg_model, cpg_model_v1_data_t);
SAME_PLACE(struct hf_cpg_model, deliver, cpg_model_v1_data_t, cpg_deliver_fn);
SAME_PLACE(struct hf_cpg_model, confchg, cpg_model_v1_data_t, cpg_confchg_fn);
SAME_PLACE(struct hf_cpg_model, totem_confchg, cpg_model_v1_data_t, cpg_totem_confchg_fn);
SAME_PLACE(struct hf_cpg_model, flags, cpg_model_v1_data_t, flags);
SAME_SIZE(struct hf_quorum_v1, quorum_model_v1_data_t);
SAME_PLACE(struct hf_quorum_v1, quorum, quorum_model_v1_data_t, quorum_notify_fn);
SAME_PLACE(struct hf_quorum_v1, nodelist, quorum_model_v1_data_t, nodelist_notify_fn);

SAME_SIZE(struct hf_votequorum_info, struct votequorum_info);
SAME_PLACE(struct hf_votequorum_info, quorum, struct votequorum_info, quorum);
SAME_PLACE(struct hf_votequorum_info, flags, struct votequorum_info, flags);
SAME_PLACE(struct hf_votequorum_info, qdevice_votes, struct votequorum_info, qdevice_votes);
SAME_PLACE(struct hf_votequorum_info, qdevice_name, struct votequorum_info, qdevice_name);
