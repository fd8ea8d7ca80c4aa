/* Nothing is kept. */
#include "daemon/room.h"

#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/log_fact.h"

void room_log(const struct controller *c, const struct config *config)
{
	size_t room = controller_room(c);

	log_fact(LOG_LEVEL_INFO, FACT_CONTROLLER_STARTED, NULL, "start",
	         "process %d, serving %s: topology %s, service %s", (int)getpid(), config->socket,
	         config->topology, config->service);
	if (room < (size_t)config->max_nodes)
		log_warn(
		    "start",
		    "%zu descriptors and %zu threads are room for %zu nodes, max-nodes is %lld",
		    limits_descriptors(), limits_threads(), room, (long long)config->max_nodes);
	else
		log_fact(LOG_LEVEL_INFO, FACT_NONE, NULL, "start",
		         "room for %lld nodes: %zu descriptors, %zu threads",
		         (long long)config->max_nodes, limits_descriptors(), limits_threads());
}
