/* From nodes to rows. Owns node.phase. */
#include "controller/node/persist.h"

#include "base/parse.h"
#include "controller/node/restart_policy.h"
#include "controller/node/settings.h"
#include "wire/message.h"

void persist_node(struct controller *c, const struct node *n)
{
	char after[AFTER_TEXT];

	after_text(&n->after, after);
	registry_put(
	    c->registry,
	    &(struct registry_row){
	        .data_id = n->data_id,
	        .id = n->id,
	        .phase = n->record.phase,
	        .parent = tree_has(c->tree, n->id) ? tree_parent(c->tree, n->id) : NODE_CONTROLLER,
	        .slot = tree_has(c->tree, n->id) ? tree_slot(c->tree, n->id) : SLOT_ANY,
	        .order = n->record.order,
	        .service = n->service,
	        .restart = restart_policy_name(n->restart.policy),
	        .incarnation = n->incarnation,
	        .pid = n->worker.process ? n->worker.pid : 0,
	        .pid_start = n->worker.process ? process_identity(n->worker.process)->start : 0,
	        .pid_inode = n->worker.process ? process_identity(n->worker.process)->inode : 0,
	        .restarts = n->restart.count,
	        .deaths = n->restart.own_deaths,
	        .reported = n->health.reported,
	        .life = n->restart.recorded,
	        .protocol = n->worker.process ? MESSAGE_VERSION : 0,
	        .name = node_name(n),
	        .group = node_group(n),
	        .declared = n->declared ? node_declared_name(n->declared) : NULL,
	        .on_hang = on_hang_name(n->hang.policy),
	        .hang_timeout_ms = n->hang.timeout_ms,
	        .after = after,
	        .cause = node_cause(n),
	    });
}

void persist_phase(struct controller *c, struct node *n, enum registry_phase phase)
{
	n->record.phase = phase;
	persist_node(c, n);
}

uint64_t persist_number(const struct node *n)
{
	return (uint64_t)(uint32_t)n->id << 32 | n->incarnation;
}

struct node *persist_find(const struct controller *c, uint64_t number)
{
	struct node *n = node_find(c->nodes, (int)(uint32_t)(number >> 32));

	return n && n->incarnation == (uint32_t)number ? n : NULL;
}
