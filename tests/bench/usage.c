/* Nothing is kept. A process that ends meanwhile is an error: its figure would be a wrong one. */
#include "usage.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

void pids_add(struct pids *pids, pid_t pid)
{
	pids->all = mem_resize(pids->all, (pids->count + 1) * sizeof *pids->all);
	pids->all[pids->count++] = pid;
}

void pids_free(struct pids *pids)
{
	free(pids->all);
	*pids = (struct pids){0};
}

static int add_of_thread(struct pids *pids, const char *tasks, const char *thread)
{
	cleanup_free char *path = mem_format("%s/%s/children", tasks, thread);
	FILE *file = fopen(path, "re");
	int pid;

	if (!file)
		return -1;
	while (fscanf(file, "%d", &pid) == 1)
		pids_add(pids, pid);
	fclose(file);
	return 0;
}

int pids_add_children(struct pids *pids, pid_t of, struct error *err)
{
	cleanup_free char *path = mem_format("/proc/%d/task", (int)of);
	DIR *dir = opendir(path);
	const struct dirent *entry;
	int rc = dir ? 0 : -1;

	while (rc == 0 && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			rc = add_of_thread(pids, path, entry->d_name);
	if (rc)
		error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	if (dir)
		closedir(dir);
	return rc;
}

int usage_cpu(const struct pids *pids, long long *ns, struct error *err)
{
	*ns = 0;
	for (size_t i = 0; i < pids->count; i++) {
		struct timespec used;
		clockid_t clock;

		if (clock_getcpuclockid(pids->all[i], &clock) || clock_gettime(clock, &used))
			return error_set(err, ERR_INTERNAL, "process %d has ended",
			                 (int)pids->all[i]);
		*ns += (long long)used.tv_sec * 1000000000 + used.tv_nsec;
	}
	return 0;
}

/* "Name:   123 kB" */
static int read_row(const char *path, const char *row, double *kib, struct error *err)
{
	FILE *file = fopen(path, "re");
	char line[256];
	long number = -1;

	while (file && number < 0 && fgets(line, sizeof line, file))
		if (strncmp(line, row, strlen(row)) == 0 && line[strlen(row)] == ':')
			number = strtol(line + strlen(row) + 1, NULL, 10);
	if (file)
		fclose(file);
	if (number < 0)
		return error_set(err, ERR_INTERNAL, "%s: no %s", path, row);
	*kib = (double)number;
	return 0;
}

int usage_status(pid_t pid, const char *row, double *kib, struct error *err)
{
	cleanup_free char *path = mem_format("/proc/%d/status", (int)pid);

	return read_row(path, row, kib, err);
}

int usage_pss(pid_t pid, double *kib, struct error *err)
{
	cleanup_free char *path = mem_format("/proc/%d/smaps_rollup", (int)pid);

	return read_row(path, "Pss", kib, err);
}
