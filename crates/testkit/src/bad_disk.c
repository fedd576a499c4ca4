/* Preloaded into a program, makes the disk fail in the folder BAD_DISK_FOLDER as the file BAD_DISK
 * says, which the test writes while the program runs: the seven
 * little-endian numbers of struct control, written by bad_disk.rs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPEN = 1, WRITE = 2, SYNC = 4, CUT = 8, RENAME = 16 };
enum { MOST_FILES = 4096 };

static struct control {
    /* Which operations fail. 0: none. */
    volatile uint32_t operations;
    /* How many of them go well first. */
    volatile uint32_t after;
    /* How many fail then. */
    volatile uint32_t times;
    volatile uint32_t error;
    /* How many have failed. */
    volatile uint32_t failed;
    /* 1: files do not grow by more than `room` bytes together. */
    volatile uint32_t is_small;
    volatile uint32_t room;
} *control;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *folder;
static char ours[MOST_FILES];

#define REAL(result, name, ...) ((result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

__attribute__((constructor)) static void begin(void) {
    folder = getenv("BAD_DISK_FOLDER");
    const char *path = getenv("BAD_DISK");
    if (!folder || !path) abort();
    int fd = REAL(int, "open", const char *, int, ...)(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) abort();
    control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (control == MAP_FAILED) abort();
    REAL(int, "close", int)(fd);
}

static int is_ours(const char *path) {
    size_t length = folder ? strlen(folder) : 0;
    return length && strncmp(path, folder, length) == 0 && (path[length] == 0 || path[length] == '/');
}

static int is_our_fd(int fd) { return fd >= 0 && fd < MOST_FILES && ours[fd]; }

/* Whether this one fails; errno says why. */
static int fails(uint32_t operation, int concerned) {
    if (!concerned || !control || !(control->operations & operation)) return 0;
    pthread_mutex_lock(&lock);
    int failing = 0;
    if (control->after) control->after--;
    else if (control->times) {
        control->times--;
        control->failed++;
        errno = (int)control->error;
        failing = 1;
    }
    pthread_mutex_unlock(&lock);
    return failing;
}

/* Whether there is no room for a file to reach `end`. */
static int is_full(int fd, off64_t end) {
    struct stat64 found;
    if (!control || !control->is_small || !is_our_fd(fd) || fstat64(fd, &found) || end <= found.st_size) return 0;
    pthread_mutex_lock(&lock);
    off64_t more = end - found.st_size;
    int full = more > control->room;
    if (full) {
        control->failed++;
        errno = ENOSPC;
    } else control->room -= (uint32_t)more;
    pthread_mutex_unlock(&lock);
    return full;
}

static int opened(const char *name, int at, const char *path, int flags, mode_t mode) {
    if (fails(OPEN, is_ours(path))) return -1;
    int fd = at == AT_FDCWD ? REAL(int, name, const char *, int, ...)(path, flags, mode)
                            : REAL(int, "openat64", int, const char *, int, ...)(at, path, flags, mode);
    if (fd >= 0 && fd < MOST_FILES) ours[fd] = (char)is_ours(path);
    return fd;
}

#define MODE(flags) ({ va_list v; va_start(v, flags); mode_t m = flags & (O_CREAT | O_TMPFILE) ? va_arg(v, mode_t) : 0; va_end(v); m; })
int open(const char *path, int flags, ...) { return opened("open", AT_FDCWD, path, flags, MODE(flags)); }
int open64(const char *path, int flags, ...) { return opened("open64", AT_FDCWD, path, flags, MODE(flags)); }
int openat(int at, const char *path, int flags, ...) { return opened("open", at, path, flags, MODE(flags)); }
int openat64(int at, const char *path, int flags, ...) { return opened("open64", at, path, flags, MODE(flags)); }

ssize_t write(int fd, const void *bytes, size_t length) {
    off64_t at = is_our_fd(fd) ? lseek64(fd, 0, SEEK_CUR) : 0;
    if (fails(WRITE, is_our_fd(fd)) || is_full(fd, at + (off64_t)length)) return -1;
    return REAL(ssize_t, "write", int, const void *, size_t)(fd, bytes, length);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    if (fails(WRITE, is_our_fd(fd)) || is_full(fd, offset + (off64_t)length)) return -1;
    return REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t)(fd, bytes, length, offset);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

int ftruncate64(int fd, off64_t length) {
    if (fails(CUT, is_our_fd(fd)) || is_full(fd, length)) return -1;
    return REAL(int, "ftruncate64", int, off64_t)(fd, length);
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int fsync(int fd) { return fails(SYNC, is_our_fd(fd)) ? -1 : REAL(int, "fsync", int)(fd); }
int fdatasync(int fd) { return fails(SYNC, is_our_fd(fd)) ? -1 : REAL(int, "fdatasync", int)(fd); }

int close(int fd) {
    if (fd >= 0 && fd < MOST_FILES) ours[fd] = 0;
    return REAL(int, "close", int)(fd);
}

int rename(const char *old, const char *new) {
    return fails(RENAME, is_ours(new)) ? -1 : REAL(int, "rename", const char *, const char *)(old, new);
}
