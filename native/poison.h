/*
 * Poison pills on a shared disk: the format, and reading and writing it past every cache. Who writes
 * what, and what may be concluded from it: docs/decisions/poison-pill.md.
 *
 * Sectors of 4096 bytes, each with a checksum (CRC-32 of the rest), numbers in little-endian:
 *   0          what the disk is: its UUID, how many slots there are
 *   1 + 2 i    slot i, written by its owner alone: the node's name and its kernel's boot
 *   2 + 2 i    slot i, written by the others: a message, and for which boot it is meant
 */
#ifndef HOLDFAST_POISON_H
#define HOLDFAST_POISON_H
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PILL_SECTOR 4096
#define PILL_MAGIC "HFPILL1"
#define PILL_VERSION 1
#define PILL_SLOTS_MAX 64
#define PILL_DISKS_MAX 3
#define PILL_NAME_MAX 64
#define PILL_UUID_CHARS 36
#define PILL_BOOT_BYTES 73 /* a boot id, and the start of process 1 */
#define PILL_OK NULL

struct pill_sector {
  char magic[8], kind[8]; /* header, owner, message */
  uint32_t version, slots;
  char uuid[40];
  char node[PILL_NAME_MAX + 1], from[PILL_NAME_MAX + 1];
  char boot[PILL_BOOT_BYTES];
  char message[9]; /* clear, test, reset */
  char request[200];
  char then[9]; /* off: the reset is to leave the machine off; a program that does not know it resets */
  char unused[PILL_SECTOR - 8 - 8 - 4 - 4 - 40 - 2 * (PILL_NAME_MAX + 1) - PILL_BOOT_BYTES - 9 - 200 - 9 - 4];
  uint32_t checksum;
};
_Static_assert(sizeof(struct pill_sector) == PILL_SECTOR, "a sector");

static uint32_t pill_checksum(const struct pill_sector *sector) {
  const unsigned char *bytes = (const unsigned char *)sector;
  uint32_t sum = 0xffffffff;
  for (size_t i = 0; i < offsetof(struct pill_sector, checksum); i++) {
    sum ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum;
}

/* Past the page cache: what is read is on the disk, what was written is there for everybody. */
static int pill_open(const char *path, int flags) {
  return open(path, flags | O_DIRECT | O_DSYNC | O_CLOEXEC);
}

static const char *pill_read_raw(int fd, uint32_t at, struct pill_sector *into) {
  static struct pill_sector aligned __attribute__((aligned(PILL_SECTOR)));
  ssize_t n = pread(fd, &aligned, PILL_SECTOR, (off_t)at * PILL_SECTOR);
  if (n < 0) return strerror(errno);
  if (n != PILL_SECTOR) return "the disk is too small";
  *into = aligned;
  return PILL_OK;
}

static int pill_is_text(const char *text, size_t size) { return memchr(text, 0, size) != NULL; }

static const char *pill_read(int fd, uint32_t at, const char *kind, struct pill_sector *into) {
  const char *why = pill_read_raw(fd, at, into);
  if (why) return why;
  if (memcmp(into->magic, PILL_MAGIC, sizeof PILL_MAGIC) != 0) return "it is no disk for poison pills";
  if (into->version > PILL_VERSION) return "it was written by a newer version";
  if (pill_checksum(into) != into->checksum) return "it is damaged (checksum)";
  if (memcmp(into->kind, kind, strlen(kind) + 1) != 0) return "a sector is in the wrong place";
  if (!pill_is_text(into->uuid, sizeof into->uuid) || !pill_is_text(into->node, sizeof into->node) ||
      !pill_is_text(into->boot, sizeof into->boot) || !pill_is_text(into->from, sizeof into->from) ||
      !pill_is_text(into->message, sizeof into->message) ||
      !pill_is_text(into->request, sizeof into->request) ||
      !pill_is_text(into->then, sizeof into->then) || into->slots > PILL_SLOTS_MAX)
    return "it is damaged (texts)";
  return PILL_OK;
}

/* Answers after it is on the disk and was read back from there. */
static const char *pill_write(int fd, uint32_t at, const char *kind, struct pill_sector *sector) {
  static struct pill_sector aligned __attribute__((aligned(PILL_SECTOR)));
  struct pill_sector read_back;
  memcpy(sector->magic, PILL_MAGIC, sizeof PILL_MAGIC);
  strcpy(sector->kind, kind);
  sector->version = PILL_VERSION;
  sector->checksum = pill_checksum(sector);
  aligned = *sector;
  ssize_t n = pwrite(fd, &aligned, PILL_SECTOR, (off_t)at * PILL_SECTOR);
  if (n < 0) return strerror(errno);
  if (n != PILL_SECTOR || fdatasync(fd) != 0) return "it was not written";
  const char *why = pill_read(fd, at, kind, &read_back);
  if (why) return why;
  return memcmp(&read_back, sector, PILL_SECTOR) == 0 ? PILL_OK : "another one writes there";
}

static uint32_t pill_owner_at(uint32_t slot) { return 1 + 2 * slot; }
static uint32_t pill_message_at(uint32_t slot) { return 2 + 2 * slot; }

/* The slot of that node; PILL_SLOTS_MAX: it has none. `free_slot`: the first that nobody has. */
static const char *pill_find(int fd, uint32_t slots, const char *node, uint32_t *found,
                             uint32_t *free_slot) {
  *found = *free_slot = PILL_SLOTS_MAX;
  for (uint32_t slot = 0; slot < slots; slot++) {
    struct pill_sector owner;
    const char *why = pill_read(fd, pill_owner_at(slot), "owner", &owner);
    if (why) return why;
    if (!owner.node[0] && *free_slot == PILL_SLOTS_MAX) *free_slot = slot;
    if (strcmp(owner.node, node) == 0) {
      *found = slot;
      return PILL_OK;
    }
  }
  return PILL_OK;
}

#endif
