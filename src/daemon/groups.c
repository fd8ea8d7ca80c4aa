/* Stateless. */
#include "daemon/groups.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

/* Bytes for the members of a group, which are not looked at. */
#define GROUPS_ROOM_MAX ((size_t)16 * 1024 * 1024)

/* 0, or an errno; *found NULL: there is none. */
static int groups_ask(const char *name, struct group *entry, char **room, struct group **found)
{
	int rc = ERANGE;

	for (size_t size = 1024; rc == ERANGE && size <= GROUPS_ROOM_MAX; size *= 4) {
		free(*room);
		*room = mem_new(size);
		rc = getgrnam_r(name, entry, *room, size, found);
	}
	return rc;
}

int groups_find(const char *name, struct peer_group *group, struct error *err)
{
	cleanup_free char *room = NULL;
	struct group entry;
	struct group *found = NULL;
	int64_t number;
	int rc;

	*group = (struct peer_group){0};
	if (strcmp(name, GROUPS_NONE) == 0)
		return 0;
	rc = groups_ask(name, &entry, &room, &found);
	if (found) {
		*group = (struct peer_group){.there = true, .gid = entry.gr_gid};
	} else if (parse_range(name, strlen(name), "group", 0, UINT32_MAX - 1, &number, NULL) ==
	           0) {
		*group = (struct peer_group){.there = true, .gid = (gid_t)number};
	} else {
		cleanup_free char *shown = parse_printable(name, strlen(name), 48);
		return error_set(err, ERR_PARAMS, "there is no group '%s'%s%s", shown,
		                 rc ? ": " : "", rc ? strerror(rc) : "");
	}
	return 0;
}

int groups_of_setting(const struct config *config, const char *setting, const char *name,
                      struct peer_group *group, struct error *err)
{
	*group = (struct peer_group){0};
	if (config->private_tree || groups_find(name, group, err) == 0 ||
	    strcmp(name, setting_preset(setting_find(setting, false))) == 0)
		return 0;
	return -1;
}

int groups_of(const struct config *config, struct peer_groups *groups, struct error *err)
{
	return groups_of_setting(config, "operate-group", config->operate_group, &groups->operate,
	                         err) ||
	               groups_of_setting(config, "observe-group", config->observe_group,
	                                 &groups->observe, err)
	           ? -1
	           : 0;
}

mode_t groups_mode(const struct peer_groups *groups)
{
	return groups->operate.there || groups->observe.there ? 0666 : 0600;
}
