/*
 * Shared disks on which the others may leave a poison pill, read for holdfast-watchdog (watchdog.c) by a
 * process of its own for each disk: a disk that hangs holds up nobody but its reader, whose last word
 * gets old. Why, and what follows from it: docs/decisions/poison-pill.md.
 */
#ifndef HOLDFAST_WATCHDOG_DISKS_H
#define HOLDFAST_WATCHDOG_DISKS_H
#include "poison.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define DISK_LOOP_MS 1000

/* What a reader tells: written by it alone, read by the feeder alone. */
struct disk_words {
  volatile int64_t read_at_ms; /* when the last reading began that found all in order; 0: none yet */
  volatile int is_poisoned, is_to_stay_off;
  volatile int is_known; /* uuid is written */
  char uuid[40];
  char why[80], request[200];
};

static struct {
  const char *paths[PILL_DISKS_MAX];
  int count, is_reported;
  int64_t age_ms;
  char node[PILL_NAME_MAX + 1], boot[PILL_BOOT_BYTES];
  pid_t readers[PILL_DISKS_MAX];
  int64_t started_at_ms[PILL_DISKS_MAX];
  struct disk_words *words; /* shared with the readers */
} disks = {.age_ms = 5000};

static void read_start(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);
  if (fd >= 0) close(fd);
  text[n > 0 ? n : 0] = 0;
}

/*
 * As the daemon tells the cluster (src/daemon/life.ts): the kernel's boot id and when process 1 began, field
 * 22 of its proc_pid_stat(5), for a container is switched off and on without another boot of the kernel.
 */
static void pill_boot(char boot[PILL_BOOT_BYTES]) {
  char id[41], stat[1024], *began;
  read_start("/proc/sys/kernel/random/boot_id", id, sizeof id);
  id[strcspn(id, "\n")] = 0;
  read_start("/proc/1/stat", stat, sizeof stat);
  began = strrchr(stat, ')');
  for (int field = 2; began && field < 22; field++) began = strchr(began + 1, ' ');
  int length = began ? (int)strcspn(began + 1, " ") : 0;
  snprintf(boot, PILL_BOOT_BYTES, "%s-%.*s", id, length < 20 ? length : 20, began ? began + 1 : "");
}

/* Once for each boot, before anybody counts on it: later only the others write the message. */
static const char *claim_slot(int fd, const struct pill_sector *header, uint32_t *slot) {
  struct pill_sector owner = {0}, message = {0};
  uint32_t free_slot;
  const char *why = pill_find(fd, header->slots, disks.node, slot, &free_slot);
  if (why) return why;
  if (*slot != PILL_SLOTS_MAX) {
    if ((why = pill_read(fd, pill_owner_at(*slot), "owner", &owner))) return why;
    if (strcmp(owner.boot, disks.boot) == 0) return PILL_OK;
  } else if ((*slot = free_slot) == PILL_SLOTS_MAX) return "all slots are taken";
  strcpy(message.uuid, header->uuid);
  strcpy(message.message, "clear");
  if ((why = pill_write(fd, pill_message_at(*slot), "message", &message))) return why;
  strcpy(owner.uuid, header->uuid);
  strcpy(owner.node, disks.node);
  strcpy(owner.boot, disks.boot);
  return pill_write(fd, pill_owner_at(*slot), "owner", &owner);
}

struct disk_reader {
  int fd;
  uint32_t slot;
  struct pill_sector header;
};

static const char *look_for_pill(struct disk_reader *reader, struct disk_words *words) {
  struct pill_sector header, owner, message;
  const char *why = pill_read(reader->fd, 0, "header", &header);
  if (why) return why;
  if (strcmp(header.uuid, reader->header.uuid) != 0) return "it is another disk now";
  if ((why = pill_read(reader->fd, pill_owner_at(reader->slot), "owner", &owner))) return why;
  if (strcmp(owner.node, disks.node) != 0 || strcmp(owner.boot, disks.boot) != 0)
    return "another machine has taken this node's slot";
  if ((why = pill_read(reader->fd, pill_message_at(reader->slot), "message", &message))) return why;
  if (strcmp(message.boot, disks.boot) != 0 || strcmp(message.message, "reset") != 0) return PILL_OK;
  strcpy(words->request, message.request);
  words->is_to_stay_off = strcmp(message.then, "off") == 0;
  words->is_poisoned = 1;
  return PILL_OK;
}

static const char *open_disk(struct disk_reader *reader, const char *path, struct disk_words *words) {
  reader->fd = pill_open(path, O_RDWR);
  if (reader->fd < 0) return errno == EINVAL ? "it cannot be read past the cache" : strerror(errno);
  const char *why = pill_read(reader->fd, 0, "header", &reader->header);
  if (!why) why = claim_slot(reader->fd, &reader->header, &reader->slot);
  if (why) return why;
  /* A reader that is started again must find the disk that the cluster was told of. */
  if (words->is_known && strcmp(words->uuid, reader->header.uuid) != 0) return "it is another disk now";
  strcpy(words->uuid, reader->header.uuid);
  words->is_known = 1;
  return PILL_OK;
}

static void __attribute__((noreturn)) read_disk(int at, int64_t (*now)(void)) {
  struct disk_reader reader = {.fd = -1};
  struct disk_words *words = &disks.words[at];
  for (;;) {
    int64_t begun_ms = now();
    const char *why = reader.fd < 0 ? open_disk(&reader, disks.paths[at], words) : PILL_OK;
    if (!why) why = look_for_pill(&reader, words);
    snprintf(words->why, sizeof words->why, "%s", why ? why : "");
    if (!why) words->read_at_ms = begun_ms;
    else if (reader.fd >= 0) {
      close(reader.fd);
      reader.fd = -1;
    }
    struct timespec pause = {DISK_LOOP_MS / 1000, DISK_LOOP_MS % 1000 * 1000000};
    nanosleep(&pause, NULL);
  }
}

/* Readers that have died are started again. `prepare` makes one dependable. */
static void keep_readers(int64_t (*now)(void), void (*prepare)(void)) {
  if (disks.count > 0 && !disks.words) {
    disks.words = mmap(NULL, sizeof *disks.words * PILL_DISKS_MAX, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (disks.words == MAP_FAILED) exit(1);
  }
  while (disks.count > 0) {
    pid_t dead = waitpid(-1, NULL, WNOHANG);
    if (dead <= 0) break;
    for (int i = 0; i < disks.count; i++)
      if (disks.readers[i] == dead) disks.readers[i] = 0;
  }
  for (int i = 0; i < disks.count; i++) {
    if (disks.readers[i] > 0 || (disks.started_at_ms[i] && now() - disks.started_at_ms[i] < 1000))
      continue;
    disks.started_at_ms[i] = now();
    pid_t parent = getpid();
    disks.readers[i] = fork();
    if (disks.readers[i] != 0) continue;
    sigset_t none;
    sigemptyset(&none);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prepare();
    read_disk(i, now);
  }
}

static int is_disk_healthy(int at, int64_t now) {
  int64_t read_at_ms = disks.words[at].read_at_ms;
  return read_at_ms > 0 && now - read_at_ms <= disks.age_ms;
}

/* A majority: whoever leaves a pill on a majority reaches a disk that is read. */
static int are_disks_healthy(int64_t now) {
  int healthy = 0;
  for (int i = 0; i < disks.count; i++) healthy += is_disk_healthy(i, now);
  return disks.count == 0 || healthy > disks.count / 2;
}

/* The request of a pill that is meant for this boot; NULL: there is none. */
static const char *found_pill(void) {
  for (int i = 0; i < disks.count; i++)
    if (disks.words[i].is_poisoned) return disks.words[i].request;
  return NULL;
}

static int is_to_stay_off(void) {
  for (int i = 0; i < disks.count; i++)
    if (disks.words[i].is_poisoned) return disks.words[i].is_to_stay_off;
  return 0;
}

/* As a part of the state's JSON, with its comma; nothing without disks. */
static void write_disks(char *text, size_t size, int64_t now) {
  size_t used = 0;
  *text = 0;
  if (disks.count == 0) return;
  used += (size_t)snprintf(text, size, ",\"node\":\"%s\",\"diskAgeMs\":%lld,\"disks\":[", disks.node,
                           (long long)disks.age_ms);
  for (int i = 0; i < disks.count && used < size; i++) {
    struct disk_words *words = &disks.words[i];
    used += (size_t)snprintf(text + used, size - used,
                             "%s{\"path\":\"%s\",\"uuid\":\"%s\",\"healthy\":%s,\"why\":\"%s\"}",
                             i > 0 ? "," : "", disks.paths[i], words->is_known ? words->uuid : "",
                             is_disk_healthy(i, now) ? "true" : "false", words->why);
  }
  if (used < size) snprintf(text + used, size - used, "]");
}
#endif
