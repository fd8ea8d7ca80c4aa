/*
 * Runs a fuzzer without libFuzzer: all files of its corpus, then changes of them by a seed, which
 * are no match for a fuzzer's, but are tried by each `make check`.
 *
 * usage: PROGRAM [-seed=N] [-runs=N] [-max_total_time=N] [-ANY=VALUE]... [DIRECTORY]...
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "fuzz/fuzz.h"

#define SIZE_MOST ((size_t)4096)

struct input {
	uint8_t bytes[SIZE_MOST];
	size_t size;
};

static struct input *inputs; /* owned */
static size_t count;
static uint64_t state = 1;
static unsigned long runs = 20000;
static long seconds = 60;

/* SplitMix64, as in fuzz.h. */
static size_t below(size_t most)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15U);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return (size_t)((z ^ (z >> 31)) % most);
}

static void read_input(const char *directory, const char *name)
{
	cleanup_free char *path = mem_format("%s/%s", directory, name);
	FILE *file = fopen(path, "re");
	struct input *input;

	if (!file)
		return;
	inputs = mem_resize(inputs, (count + 1) * sizeof *inputs);
	input = &inputs[count++];
	input->size = fread(input->bytes, 1, sizeof input->bytes, file);
	fclose(file);
}

static void read_inputs(const char *directory)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			read_input(directory, entry->d_name);
	if (dir)
		closedir(dir);
}

/* Moves what is from `at` on by `n` bytes, which are free then. */
static void insert(struct input *input, size_t at, const uint8_t *bytes, size_t n)
{
	if (input->size + n > sizeof input->bytes)
		return;
	memmove(input->bytes + at + n, input->bytes + at, input->size - at);
	memcpy(input->bytes + at, bytes, n);
	input->size += n;
}

static void drop(struct input *input, size_t at, size_t n)
{
	memmove(input->bytes + at, input->bytes + at + n, input->size - at - n);
	input->size -= n;
}

static void change(struct input *input)
{
	static const uint8_t likely[] = "\n\r\0\"{}[]:,0\\ \xfe"
	                                "a\xfe"
	                                "c\xfex\xff\x80";
	const struct input *other = &inputs[below(count)];
	size_t at = below(input->size + 1);
	size_t from = below(other->size + 1);
	size_t left = input->size - at;
	size_t n = 1 + below(16);

	switch (below(4)) {
	case 0:
		insert(input, at, &likely[below(sizeof likely)], 1);
		break;
	case 1:
		if (left)
			drop(input, at, n < left ? n : left);
		break;
	case 2:
		if (left)
			input->bytes[at] = (uint8_t)below(256);
		break;
	case 3:
		insert(input, at, other->bytes + from,
		       n < other->size - from ? n : other->size - from);
		break;
	}
}

static bool is_number(const char *word, const char *name, unsigned long *number)
{
	if (strncmp(word, name, strlen(name)) != 0)
		return false;
	*number = strtoul(word + strlen(name), NULL, 10);
	return true;
}

int main(int argc, char **argv)
{
	const time_t began = time(NULL);
	unsigned long number;

	for (int i = 1; i < argc; i++) {
		if (is_number(argv[i], "-seed=", &number))
			state = number;
		else if (is_number(argv[i], "-runs=", &number))
			runs = number;
		else if (is_number(argv[i], "-max_total_time=", &number))
			seconds = (long)number;
		else if (argv[i][0] != '-')
			read_inputs(argv[i]);
	}
	if (!count) {
		fputs("there is no input\n", stderr);
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < count; i++)
		LLVMFuzzerTestOneInput(inputs[i].bytes, inputs[i].size);
	for (unsigned long i = 0; i < runs && time(NULL) - began < seconds; i++) {
		struct input input = inputs[below(count)];
		for (size_t k = 1 + below(8); k; k--)
			change(&input);
		LLVMFuzzerTestOneInput(input.bytes, input.size);
	}
	free(inputs);
	return EXIT_SUCCESS;
}
