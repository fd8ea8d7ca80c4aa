/*
 * Owns the bytes of collected arguments. Invariant: an argument keeps the first min(size, most) of
 * its bytes. Refusals and their texts do not depend on where the stream was cut.
 */
#include "service/args.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"

/* The first allocation for an argument, in bytes. */
#define ROOM_FIRST ((size_t)64)

/* Room for `size` bytes, which is at most arg->most. */
static int arg_grow(struct arg *arg, size_t size, struct error *err)
{
	size_t room = arg->room ? arg->room : ROOM_FIRST;
	char *bytes;

	if (size <= arg->room)
		return 0;
	while (room < size)
		room *= 2;
	if (room > arg->most)
		room = arg->most;
	bytes = mem_try_resize(arg->bytes, room);
	if (!bytes)
		return error_set(err, ERR_SERVICE, "no memory for a %s of %zu bytes", arg->what,
		                 size);
	arg->bytes = bytes;
	arg->room = room;
	return 0;
}

static int arg_add(struct arg *arg, const char *bytes, size_t n, struct error *err)
{
	size_t left = arg->size < arg->most ? arg->most - arg->size : 0;
	size_t kept = n < left ? n : left;

	if (kept) {
		if (arg_grow(arg, arg->size + kept, err))
			return -1;
		memcpy(arg->bytes + arg->size, bytes, kept);
	}
	if (kept < n && !arg->drop) {
		cleanup_free char *shown = parse_printable(arg->bytes, arg->most, ARGS_SHOWN);
		return error_set(err, ERR_SERVICE, "%s '%s' is longer than %zu bytes", arg->what,
		                 shown, arg->most);
	}
	arg->size += n;
	return 0;
}

size_t args_take(struct args *args, const char *bytes, size_t n)
{
	const char *nul = memchr(bytes, '\0', n);
	size_t part = nul ? (size_t)(nul - bytes) : n;

	if (args->err.code)
		return 0;
	if (args->got == args->count) {
		error_set(&args->err, ERR_SERVICE, "expected %s, got at least %zu arguments",
		          args->expected, args->got + 1);
		return 0;
	}
	if (arg_add(&args->arg[args->got], bytes, part, &args->err))
		return 0;
	args->begun = !nul;
	if (!nul)
		return part;
	args->got++;
	return part + 1;
}

int args_feed(struct args *args, const char *bytes, size_t n)
{
	while (n) {
		size_t taken = args_take(args, bytes, n);
		if (!taken)
			return -1;
		bytes += taken;
		n -= taken;
	}
	return 0;
}

int args_end(struct args *args)
{
	if (args->err.code)
		return -1;
	if (args->begun)
		return error_set(&args->err, ERR_SERVICE, "argument %zu has no end", args->got + 1);
	if (args->got < args->least)
		return error_set(&args->err, ERR_SERVICE, "expected %s, got %zu argument%s",
		                 args->expected, args->got, args->got == 1 ? "" : "s");
	return 0;
}

void args_free(struct args *args)
{
	for (size_t i = 0; i < ARGS_MOST; i++)
		free(args->arg[i].bytes);
}

void result_refuse(struct dtree_result *result, const struct error *err)
{
	result->ok = false;
	result->text = mem_string(err->text);
	result->size = strlen(err->text);
}

void result_give(struct dtree_result *result, char *text, size_t size)
{
	result->ok = true;
	result->text = text;
	result->size = size;
}

void result_give_copy(struct dtree_result *result, const char *s)
{
	result_give(result, mem_string(s), strlen(s));
}
