/* From nodes to rows. Owns node.phase and node.order. */
#include "controller/node/persist.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/parse.h"
#include "controller/node/restart_policy.h"
#include "wire/message.h"

void persist_node(struct controller *c, const struct node *n)
{
	registry_put(
	    c->registry,
	    &(struct registry_row){
	        .data_id = n->data_id,
	        .id = n->id,
	        .phase = n->phase,
	        .parent = tree_has(c->tree, n->id) ? tree_parent(c->tree, n->id) : NODE_CONTROLLER,
	        .slot = tree_has(c->tree, n->id) ? tree_slot(c->tree, n->id) : SLOT_ANY,
	        .order = n->order,
	        .service = n->service,
	        .restart = restart_policy_name(n->restart.policy),
	        .incarnation = n->incarnation,
	        .pid = n->process ? n->pid : 0,
	        .pid_start = n->process ? process_identity(n->process)->start : 0,
	        .pid_inode = n->process ? process_identity(n->process)->inode : 0,
	        .restarts = n->restart.count,
	        .deaths = n->restart.own_deaths,
	        .reported = n->reported,
	        .life = n->restart.recorded,
	        .protocol = n->process ? MESSAGE_VERSION : 0,
	        .cause = node_cause(n),
	    });
}

void persist_phase(struct controller *c, struct node *n, enum registry_phase phase)
{
	n->phase = phase;
	persist_node(c, n);
}

void persist_edits(struct controller *c, const struct tree_edits *edits)
{
	struct error err;

	for (size_t i = 0; i < edits->count; i++) {
		struct node *n = node_find(c->nodes, edits->items[i].child);
		if (tree_apply(c->tree, &edits->items[i], &err)) {
			log_error("tree", "the tree is broken: %s", err.text);
			abort();
		}
		if (!n || edits->items[i].kind == EDIT_REMOVE)
			continue;
		n->order = ++c->last_order;
		persist_node(c, n);
	}
}

void persist_head(struct controller *c)
{
	registry_head(c->registry, &(struct registry_head){.epoch = c->controller_epoch,
	                                                   .incarnation = c->last_incarnation,
	                                                   .topology = c->topology->name,
	                                                   .boot = c->boot,
	                                                   .place = c->place,
	                                                   .links = c->config.runtime_dir,
	                                                   .heartbeat_ms = c->heartbeat_asked,
	                                                   .ended = c->shutdown});
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
