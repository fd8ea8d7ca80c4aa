/* Entries of reports. Nothing here keeps state. */
#include "wire/report.h"

#include "wire/bytes.h"

void report_write(const struct report_entry *entry, struct buffer *out)
{
	char *p = buffer_reserve(out, REPORT_ENTRY);

	put32(p, (uint32_t)entry->id);
	put32(p + 4, entry->incarnation);
	put64(p + 8, entry->generation);
	put32(p + 16, (uint32_t)entry->state);
	put32(p + 20, entry->silent_ms);
	buffer_claim(out, REPORT_ENTRY);
}

int report_check(const char *bytes, size_t size, size_t *count, struct error *err)
{
	if (size % REPORT_ENTRY)
		return error_set(err, ERR_PARSE, "a report of %zu bytes", size);
	*count = size / REPORT_ENTRY;
	for (size_t i = 0; i < *count; i++) {
		uint32_t state = get32(bytes + i * REPORT_ENTRY + 16);
		if (state >= REPORT_STATES)
			return error_set(err, ERR_PARSE, "a report of a child in state %u", state);
	}
	return 0;
}

struct report_entry report_read(const char *bytes, size_t index)
{
	const char *p = bytes + index * REPORT_ENTRY;

	return (struct report_entry){.id = (int)get32(p),
	                             .incarnation = get32(p + 4),
	                             .generation = get64(p + 8),
	                             .state = (enum report_state)get32(p + 16),
	                             .silent_ms = get32(p + 20)};
}

/* The finalizer of SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", 2014. */
static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

uint64_t report_digest(int id, uint32_t incarnation, uint64_t version)
{
	return mix(mix(((uint64_t)(uint32_t)id << 32 | incarnation) + 1) + version);
}
