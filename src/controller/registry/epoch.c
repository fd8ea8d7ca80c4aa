/* The file: one number and its complement, in host order, written over in place. */
#include "controller/registry/epoch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

struct kept {
	uint64_t epoch;
	uint64_t check; /* ~epoch */
};

static uint64_t read_kept(int fd)
{
	struct kept kept;
	ssize_t n = pread(fd, &kept, sizeof kept, 0);

	return n == sizeof kept && kept.check == ~kept.epoch ? kept.epoch : 0;
}

static bool write_kept(int fd, uint64_t epoch)
{
	const struct kept kept = {epoch, ~epoch};

	return pwrite(fd, &kept, sizeof kept, 0) == sizeof kept;
}

uint64_t epoch_take(const char *runtime_dir, uint64_t recorded, bool *kept)
{
	cleanup_free char *path = mem_format("%s/" EPOCH_NAME, runtime_dir);
	cleanup_close int fd =
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
	uint64_t last = fd < 0 ? 0 : read_kept(fd);
	uint64_t epoch = (last > recorded ? last : recorded) + 1;

	*kept = fd >= 0 && write_kept(fd, epoch);
	if (!*kept)
		log_warn("adopt", "cannot write %s: %s", path, strerror(errno));
	return epoch;
}

void epoch_drop(const char *runtime_dir)
{
	cleanup_free char *path = mem_format("%s/" EPOCH_NAME, runtime_dir);

	unlink(path);
}
