/*
 * The configuration file: whatever is in it, each mistake is one line that names the file; what is
 * taken means the same when it is printed and read again.
 *
 * Input: the file.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"
#include "daemon/load.h"
#include "fuzz.h"

static int memory = -1;
static char path[64]; /* of it */

static void read_bytes(const char *bytes, size_t size, struct config *config,
                       struct mistakes *found)
{
	static char program[] = "dtreed";
	static char option[] = "--config";
	char *argv[] = {program, option, path, NULL};
	const struct surroundings around = {.root = true, .worker = "/w"};

	if (memory < 0) {
		memory = memfd_create("configuration", MFD_CLOEXEC);
		CHECK(memory >= 0);
		snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
	}
	CHECK(ftruncate(memory, 0) == 0);
	CHECK(pwrite(memory, bytes, size, 0) == (ssize_t)size);
	config_load(3, argv, &around, config, found);
}

static char *printed(const struct config *config)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	CHECK(out);
	config_print(config, out);
	CHECK(fclose(out) == 0);
	return text;
}

static void check_mistakes(const struct mistakes *found)
{
	for (size_t i = 0; i < found->count; i++) {
		const char *text = found->texts[i];
		CHECK(*text && !strchr(text, '\n') && parse_utf8(text, strlen(text)));
		CHECK(strstr(text, path));
	}
}

static void check_again(const struct config *config)
{
	cleanup_free char *text = printed(config);
	struct config second = {0};
	struct mistakes found = {0};

	read_bytes(text, strlen(text), &second, &found);
	CHECK(found.count == 0);
	CHECK(second.services.count == config->services.count);
	for (size_t i = 0; i < second.services.count; i++) {
		const struct program_spec *a = &config->services.items[i]->spec;
		const struct program_spec *b = &second.services.items[i]->spec;
		CHECK(strcmp(a->name, b->name) == 0);
		CHECK(strcmp(a->text, b->text) == 0);
		CHECK(a->given == b->given);
	}
	CHECK(strcmp(config->service, second.service) == 0);
	mistakes_free(&found);
	config_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config = {0};
	struct mistakes found = {0};

	read_bytes((const char *)data, size, &config, &found);
	check_mistakes(&found);
	if (!found.count)
		check_again(&config);
	mistakes_free(&found);
	config_free(&config);
	return 0;
}
