/* Removing a directory, by fts(3): bottom up, without following links. */
#include "base/remove.h"

#include <errno.h>
#include <fts.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* Far more than a tree of the largest size has files. */
#define ENTRIES_MAX 10000000

/* One entry: 0, or the errno of its failure. */
static int remove_entry(const FTSENT *entry)
{
	int failed = 0;

	switch (entry->fts_info) {
	case FTS_D: /* its contents come first */
		return 0;
	case FTS_DP:
		failed = rmdir(entry->fts_accpath);
		break;
	case FTS_DNR: /* perhaps it is empty */
		failed = rmdir(entry->fts_accpath);
		break;
	case FTS_ERR:
	case FTS_NS:
		return entry->fts_errno == ENOENT ? 0 : entry->fts_errno;
	default:
		failed = unlink(entry->fts_accpath);
		break;
	}
	return failed && errno != ENOENT ? errno : 0;
}

int remove_all(const char *path, struct error *err)
{
	cleanup_free char *root = mem_string(path);
	char *const roots[] = {root, NULL};
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	FTSENT *entry;
	long left = ENTRIES_MAX;
	int result = 0;

	if (!walk)
		return error_set(err, ERR_INTERNAL, "cannot remove %s: %s", path, strerror(errno));
	while (left-- && (entry = fts_read(walk))) {
		int why = remove_entry(entry);
		if (why && !result)
			result = error_set(err, ERR_INTERNAL, "cannot remove %s: %s",
			                   entry->fts_path, strerror(why));
	}
	fts_close(walk);
	if (result == 0 && access(path, F_OK) == 0)
		return error_set(err, ERR_INTERNAL, "cannot remove %s: it has too many files",
		                 path);
	return result;
}
