/* Owns nothing: the words become the command line of dtree-backup. */
#include "ctl/backup.h"

#include "ctl/backup_words.h"
#include "ctl/become.h"

int backup_become(const struct options *o, const struct words *words)
{
	size_t count;
	char **line = backup_words_read(words, &count);
	int status = become(o, "dtree-backup", line, count);

	backup_words_free(line, count);
	return status;
}
