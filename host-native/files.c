#include "files.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool sync_at(const char *path, int flags)
{
    const int file = open(path, flags | O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    const bool synced = fsync(file) == 0;
    const int kept = errno;
    (void)close(file);
    errno = kept;
    return synced;
}

static bool sync_folder_of(const char *path)
{
    char copy[NATIVE_PATH_MAX];
    const int length = snprintf(copy, sizeof copy, "%s", path);
    return length > 0 && (size_t)length < sizeof copy && sync_at(dirname(copy), O_DIRECTORY);
}

bool native_file_sync(const char *path)
{
    return sync_at(path, 0) && sync_folder_of(path);
}

static bool write_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        const ssize_t done = write(file, bytes, length);
        if (done < 0 && errno != EINTR) {
            return false;
        }
        bytes += done > 0 ? done : 0;
        length -= done > 0 ? (size_t)done : 0;
    }
    return fsync(file) == 0;
}

/* Under another name first: whoever looks at `path` meanwhile, or after a crash, finds all of it or nothing.
 */
bool native_file_make(const char *path, const char *bytes, size_t length)
{
    char passing[NATIVE_PATH_MAX];
    const int written = snprintf(passing, sizeof passing, "%s.XXXXXX", path);
    if (written < 0 || (size_t)written >= sizeof passing) {
        errno = ENAMETOOLONG;
        return false;
    }
    const int file = mkostemp(passing, O_CLOEXEC); /* with the mode 0600 */
    if (file < 0) {
        return false;
    }
    bool made = write_all(file, bytes, length);
    made = close(file) == 0 && made && link(passing, path) == 0;
    const int kept = errno;
    (void)unlink(passing);
    errno = kept;
    return made && sync_folder_of(path);
}
