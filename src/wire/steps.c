/* The table of steps, and their bytes. Owns nothing. */
#include "wire/steps.h"

#include "wire/bytes.h"

static const struct {
	const char *name;
	enum step_kind kind;
} rows[STEP_WHATS] = {
    [STEP_CONTROL] = {"request", SPENT_CONTROL},
    [STEP_READ] = {"control read", SPENT_CONTROL},
    [STEP_LANE] = {"session", SPENT_QUEUE},
    [STEP_BLOCKED] = {"node starts", SPENT_QUEUE},
    [STEP_WINDOW] = {"window", SPENT_QUEUE},
    [STEP_ORDER] = {"in order", SPENT_QUEUE},
    [STEP_WRITE] = {"control write", SPENT_CONTROL},
    [STEP_LINK_DOWN] = {"link down", SPENT_LINK},
    [STEP_LINK_UP] = {"link up", SPENT_LINK},
    [STEP_RELAY] = {"relay", SPENT_RUNNING},
    [STEP_NODE] = {"node", SPENT_RUNNING},
    [STEP_CPU_WAIT] = {"cpu wait", SPENT_CPU_WAIT},
    [STEP_WAKE_UP] = {"wake-up", SPENT_WAKE_UP},
    [STEP_QUEUE] = {"queue", SPENT_QUEUE},
    [STEP_SERVICE] = {"service", SPENT_SERVICE},
    [STEP_PROGRAM] = {"program", SPENT_PROGRAM},
    [STEP_ANSWER] = {"answer", SPENT_PROGRAM},
    [STEP_COMMIT] = {"commit", SPENT_DISK},
    [STEP_PARTS] = {"result in parts", SPENT_LINK},
    [STEP_SPAWN] = {"process start", SPENT_PROCESS},
    [STEP_RECORD] = {"registry write", SPENT_DISK},
    [STEP_JOIN] = {"process joins", SPENT_PROCESS},
    [STEP_DRAIN] = {"earlier requests", SPENT_QUEUE},
    [STEP_END] = {"process ends", SPENT_PROCESS},
    [STEP_ERASE] = {"data removed", SPENT_DISK},
};

const char *step_name(enum step_what what)
{
	return rows[what].name;
}

enum step_kind step_kind(enum step_what what)
{
	return rows[what].kind;
}

void steps_add(struct steps *steps, enum step_what what, uint64_t begin, uint64_t end, uint32_t a,
               uint32_t b)
{
	if (!begin || end <= begin || steps->count == STEPS_MAX)
		return;
	steps->items[steps->count++] =
	    (struct step){.what = what, .begin = begin, .end = end, .a = a, .b = b};
}

void steps_write(const struct steps *steps, struct buffer *bytes)
{
	for (size_t i = 0; i < steps->count; i++) {
		const struct step *step = &steps->items[i];
		char *p = buffer_reserve(bytes, STEP_SIZE);

		put32(p, step->what);
		put64(p + 4, step->begin);
		put64(p + 12, step->end);
		put32(p + 20, step->a);
		put32(p + 24, step->b);
		buffer_claim(bytes, STEP_SIZE);
	}
}

int steps_read(const char *bytes, size_t size, struct steps *steps, struct error *err)
{
	steps->count = 0;
	if (size % STEP_SIZE || size / STEP_SIZE > STEPS_MAX)
		return error_set(err, ERR_PARSE, "steps of %zu bytes", size);
	for (const char *p = bytes; p < bytes + size; p += STEP_SIZE) {
		struct step *step = &steps->items[steps->count];

		*step = (struct step){.what = (enum step_what)get32(p),
		                      .begin = get64(p + 4),
		                      .end = get64(p + 12),
		                      .a = get32(p + 20),
		                      .b = get32(p + 24)};
		if (step->what >= STEP_WHATS)
			return error_set(err, ERR_PARSE, "a step %u", (unsigned)step->what);
		if (step->end < step->begin)
			return error_set(err, ERR_PARSE, "a step that ends before it begins");
		steps->count++;
	}
	return 0;
}
