/* Preloaded into a program, writes down in order what the program asks the disk to do in the folder
 * RECORDED_FOLDER, into the file RECORD. One entry is a line, after W followed by its bytes:
 *   O fd flags path     opened; fd names the file until C
 *   W fd offset length  written
 *   T fd length         cut to a length
 *   S fd                synced: a file's content, or a folder's names
 *   C fd                closed
 *   R old<TAB>new       renamed
 *   U path              unlinked
 *   D path              folder made
 * An entry is written under the lock that its operation holds, so the order is the true one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_FILES = 4096, LONGEST_LINE = 8192 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int record = -1;
static const char *folder;
static char ours[MOST_FILES];

__attribute__((constructor)) static void begin(void) {
    folder = getenv("RECORDED_FOLDER");
    const char *path = getenv("RECORD");
    if (!folder || !path) abort();
    record = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (record < 0) abort();
}

static void put(const char *bytes, size_t length) {
    while (length) {
        ssize_t put = syscall(SYS_write, record, bytes, length);
        if (put <= 0) abort();
        bytes += put;
        length -= (size_t)put;
    }
}

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...) {
    char line[LONGEST_LINE];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    if (length < 0 || length >= (int)sizeof line) abort();
    put(line, (size_t)length);
}

static int is_ours(const char *path) {
    size_t length = folder ? strlen(folder) : 0;
    return length && strncmp(path, folder, length) == 0 && (path[length] == 0 || path[length] == '/');
}

static int is_our_fd(int fd) { return fd >= 0 && fd < MOST_FILES && ours[fd]; }

/* The operation of the C library itself. */
#define REAL(result, name, ...) ((result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

static int opened(const char *name, int at, const char *path, int flags, mode_t mode) {
    pthread_mutex_lock(&lock);
    int fd = at == AT_FDCWD ? REAL(int, name, const char *, int, ...)(path, flags, mode)
                            : REAL(int, "openat64", int, const char *, int, ...)(at, path, flags, mode);
    if (fd >= 0 && is_ours(path)) {
        if (fd >= MOST_FILES) abort();
        ours[fd] = 1;
        const char *cut = flags & O_TRUNC ? "cut" : "keep";
        const char *make = flags & O_CREAT ? "make" : "find";
        note("O %d %s %s %s\n", fd, make, cut, path);
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

#define MODE(flags) ({ va_list v; va_start(v, flags); mode_t m = flags & (O_CREAT | O_TMPFILE) ? va_arg(v, mode_t) : 0; va_end(v); m; })
int open(const char *path, int flags, ...) { return opened("open", AT_FDCWD, path, flags, MODE(flags)); }
int open64(const char *path, int flags, ...) { return opened("open64", AT_FDCWD, path, flags, MODE(flags)); }
int openat(int at, const char *path, int flags, ...) { return opened("open", at, path, flags, MODE(flags)); }
int openat64(int at, const char *path, int flags, ...) { return opened("open64", at, path, flags, MODE(flags)); }

static ssize_t written(int fd, const void *bytes, size_t length, off64_t offset, int moves) {
    pthread_mutex_lock(&lock);
    off64_t at = moves ? lseek64(fd, 0, SEEK_CUR) : offset;
    ssize_t done = moves ? REAL(ssize_t, "write", int, const void *, size_t)(fd, bytes, length)
                         : REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t)(fd, bytes, length, offset);
    if (done > 0 && is_our_fd(fd)) {
        note("W %d %lld %zd\n", fd, (long long)at, done);
        put(bytes, (size_t)done);
    }
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) { return written(fd, bytes, length, 0, 1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return written(fd, bytes, length, offset, 0); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return written(fd, bytes, length, offset, 0); }

static int cut(int fd, off64_t length) {
    pthread_mutex_lock(&lock);
    int failed = REAL(int, "ftruncate64", int, off64_t)(fd, length);
    if (!failed && is_our_fd(fd)) note("T %d %lld\n", fd, (long long)length);
    pthread_mutex_unlock(&lock);
    return failed;
}

int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

static int synced(const char *name, int fd) {
    pthread_mutex_lock(&lock);
    int failed = REAL(int, name, int)(fd);
    if (!failed && is_our_fd(fd)) note("S %d\n", fd);
    pthread_mutex_unlock(&lock);
    return failed;
}

int fsync(int fd) { return synced("fsync", fd); }
int fdatasync(int fd) { return synced("fdatasync", fd); }

int close(int fd) {
    pthread_mutex_lock(&lock);
    if (is_our_fd(fd)) {
        ours[fd] = 0;
        note("C %d\n", fd);
    }
    int failed = REAL(int, "close", int)(fd);
    pthread_mutex_unlock(&lock);
    return failed;
}

int rename(const char *old, const char *new) {
    pthread_mutex_lock(&lock);
    int failed = REAL(int, "rename", const char *, const char *)(old, new);
    if (!failed && is_ours(new)) note("R %s\t%s\n", old, new);
    pthread_mutex_unlock(&lock);
    return failed;
}

int mkdir(const char *path, mode_t mode) {
    pthread_mutex_lock(&lock);
    int failed = REAL(int, "mkdir", const char *, mode_t)(path, mode);
    if (!failed && is_ours(path)) note("D %s\n", path);
    pthread_mutex_unlock(&lock);
    return failed;
}

int unlink(const char *path) {
    pthread_mutex_lock(&lock);
    int failed = REAL(int, "unlink", const char *)(path);
    if (!failed && is_ours(path)) note("U %s\n", path);
    pthread_mutex_unlock(&lock);
    return failed;
}
