/*
 * What another configuration changes in a dtreed that runs, but for its nodes: settings, each when
 * its row says, and declared services.
 *
 * Who owns what: the running configuration is dtreed's, stays at its address, and is what holds. A
 * value that counts at the next start only stays the one of the start, and its string stays where
 * it is, so that it may be borrowed for as long as dtreed runs. All other strings and the
 * declarations are freed by reconfigure(): what needs them longer copies them, as the controller
 * does.
 */
#ifndef DAEMON_RECONFIGURE_H
#define DAEMON_RECONFIGURE_H

#include "base/error.h"
#include "control/socket.h"
#include "controller/controller.h"
#include "daemon/mistakes.h"
#include "daemon/service_files.h"
#include "daemon/setting.h"

/* A setting that has another value. */
struct setting_change {
	const char *name; /* static */
	char *from;       /* "": none */
	char *to;
	enum setting_effect effect;
	const char *but; /* static: why it does not count all the same; NULL: it does */
};

enum service_change_kind {
	SERVICE_ADDED,
	SERVICE_CHANGED, /* what runs for its nodes */
	SERVICE_TEXTS,   /* only what is said of it, or what dtreed does with it */
	SERVICE_REMOVED,
};

struct service_change {
	char *name;
	enum service_change_kind kind;
	size_t nodes; /* that have it */
	char *kept;   /* of one that is removed: "kept by nodes 10, 11"; NULL: by none */
};

/* All that differs. Zero-initialise it. */
struct reconfiguration {
	struct setting_change *settings;
	size_t setting_count;
	struct service_change *services;
	size_t service_count;
};

/* Nothing is changed. controller: NULL, or where the nodes are counted. */
void reconfigure_plan(const struct config *running, const struct config *fresh,
                      const struct controller *controller, struct reconfiguration *plan);
void reconfiguration_free(struct reconfiguration *plan);

/* What judge_services() says of the fresh services: of one that is new or runs something else it is
 * a mistake, which keeps all from being changed, as what works would be replaced by what does not.
 * It goes from the warnings to the mistakes. */
void reconfigure_judge(const struct reconfiguration *plan, struct mistakes *warnings,
                       struct mistakes *found);

/* One line for a person, without a line end. */
typedef void reconfigure_line_fn(void *arg, bool warning, const char *line);
/* Each change, in words. */
void reconfigure_tell(const struct reconfiguration *plan, reconfigure_line_fn *fn, void *arg);

/* What is there to be changed; all borrowed. */
struct reconfigure_parts {
	struct controller *controller;
	struct control *control;
	struct service_files *files;
};

/* What the controller is to know of a config: its strings are those of the config. */
void reconfigure_fill(const struct config *config, struct controller_config *out);
/* The running configuration becomes the fresh one, and fresh is freed. -1: its services cannot be
 * written down; nothing has changed, and fresh is still the caller's. */
int reconfigure(const struct reconfigure_parts *parts, struct config *running, struct config *fresh,
                struct error *err);

#endif
