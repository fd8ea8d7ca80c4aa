/* Nothing is kept. */
#include "daemon/check_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/delegation.h"
#include "daemon/unit.h"

#define UNIT "dtreed.service"

static bool is_of_service(const struct reload_source *source)
{
	return source->argc == 2 && strcmp(source->argv[1], "--check-config") == 0 &&
	       geteuid() == 0 && !getenv("RUNTIME_DIRECTORY");
}

int check_config_assume(struct reload_source *source, struct confinement *confinement,
                        struct mistakes *found)
{
	struct unit unit = {0};
	struct error err;
	int rc = 0;

	if (is_of_service(source) && unit_ask(UNIT, &unit)) {
		confinement_of_unit(confinement, UNIT, &unit);
		source->confinement = confinement;
		rc = unit_assume(&unit, SYSCONFDIR "/dtree", &err);
		if (rc)
			mistakes_add(found, UNIT ": %s", err.text);
	}
	unit_free(&unit);
	return rc;
}

void check_config_print(const struct reload_source *source, const struct config *config)
{
	struct error err;
	char *group = NULL;

	/* A unit has said whether there are groups. */
	if (!source->confinement) {
		delegation_find(config->control_group, &group, &err);
		delegation_warn(group, false, &config->services);
		free(group);
	}
	config_print(config, stdout);
}
