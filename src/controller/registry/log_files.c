/* Names files and removes them; what is in them is the workers'. */
#include "controller/registry/log_files.h"

#include <dirent.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"

char *log_files_path(const char *dir, uint32_t data_id)
{
	return dir ? mem_format("%s/%u", dir, data_id) : NULL;
}

void log_files_remove(const char *dir, uint32_t data_id)
{
	cleanup_free char *path = log_files_path(dir, data_id);

	if (path)
		unlink(path);
}

void log_files_tidy(const char *dir, bool (*keeps)(const void *arg, uint32_t data_id),
                    const void *arg)
{
	DIR *d = dir ? opendir(dir) : NULL;
	struct dirent *entry;
	int64_t data_id;

	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.' &&
		    (parse_range(entry->d_name, strlen(entry->d_name), "data id", 1, UINT32_MAX,
		                 &data_id, NULL) ||
		     !keeps(arg, (uint32_t)data_id)))
			unlinkat(dirfd(d), entry->d_name, 0);
	if (d)
		closedir(d);
}
