package io.strandline.log.impl.backup;

import io.strandline.StrandlineException;
import io.strandline.log.spi.ShardLimits;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.LogIdentity;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The files of a point, with their lengths and checksums. As text, in UTF-8:
 *
 * <pre>
 * strandline-backup 2            format version
 * point NAME STAMP SHARDS COPIED milliseconds since 1970, number of shards, bytes that had to be copied
 * log ID                         that of the log, - if it is unknown. Not in version 1
 * file BYTES CRC32C NAME         one for each file, in the order of the names, checksum in hexadecimal
 * end CRC32C                     of all bytes before this line
 * </pre>
 *
 * @param name of the point
 * @param log id of the log, empty if it is unknown
 * @param stampMillis the moment that the point shows
 * @param shards of the log
 * @param copiedBytes bytes that had to be copied
 * @param files by their names in a data directory
 */
record Manifest(String name, String log, long stampMillis, int shards, long copiedBytes, Map<String, Content> files) {

    static final String FILE = "manifest";
    private static final String MAGIC = "strandline-backup ";
    private static final int FORMAT_VERSION = 2;
    private static final int VERSION_WITHOUT_LOG = 1;
    private static final String LOG = "log ";
    private static final String UNKNOWN = "-";

    /** What leads nowhere but down from the directory that it is in. */
    private static final String PART = "[A-Za-z0-9_-][A-Za-z0-9_.-]*";

    private static final Pattern POINT = Pattern.compile(PART);
    private static final Pattern NAME = Pattern.compile(PART + "(/" + PART + ")+");

    BackupPoint point() {
        long bytes = files.values().stream().mapToLong(Content::bytes).sum();
        return new BackupPoint(name, stampMillis, files.size(), bytes, copiedBytes);
    }

    byte[] encode() {
        StringBuilder text = new StringBuilder(MAGIC).append(FORMAT_VERSION).append('\n');
        text.append("point " + name + " " + stampMillis + " " + shards + " " + copiedBytes + "\n");
        text.append(LOG + (log.isEmpty() ? UNKNOWN : log) + "\n");
        new TreeMap<>(files).forEach((file, content) -> text.append("file ")
                .append(content.bytes())
                .append(' ')
                .append(Integer.toHexString(content.crc32c()))
                .append(' ')
                .append(file)
                .append('\n'));
        byte[] checked = text.toString().getBytes(StandardCharsets.UTF_8);
        return text.append("end ")
                .append(Integer.toHexString(checksum(checked, checked.length)))
                .append('\n')
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /**
     * Reads a manifest.
     *
     * @param place what messages call it
     * @throws StrandlineException.Corrupt if it is damaged
     * @throws StrandlineException.Invalid if it is of a newer format version
     */
    static Manifest decode(byte[] bytes, String place) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.lastIndexOf("\nend ") + 1;
        List<String> lines = text.lines().toList();
        if (end == 0 || !text.startsWith(MAGIC)) {
            throw damaged(place);
        }
        boolean hasLog = lines.get(0).equals(MAGIC + FORMAT_VERSION);
        if (!hasLog && !lines.get(0).equals(MAGIC + VERSION_WITHOUT_LOG)) {
            throw new StrandlineException.Invalid(
                    place + " says " + lines.get(0) + ", this release reads up to version " + FORMAT_VERSION);
        }
        byte[] checked = text.substring(0, end).getBytes(StandardCharsets.UTF_8);
        String checksum = Integer.toHexString(checksum(checked, checked.length));
        if (!text.substring(end).equals("end " + checksum + "\n")) {
            throw damaged(place);
        }
        try {
            Manifest read = of(lines, hasLog);
            if (!read.isOfOneLog()) {
                throw damaged(place);
            }
            return read;
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            throw damaged(place);
        }
    }

    private static Manifest of(List<String> lines, boolean hasLog) {
        String[] point = lines.get(1).split(" ", -1);
        Map<String, Content> files = new TreeMap<>();
        for (String line : new ArrayList<>(lines.subList(hasLog ? 3 : 2, lines.size() - 1))) {
            String[] parts = line.split(" ", 4);
            files.put(parts[3], new Content(Long.parseLong(parts[1]), Integer.parseUnsignedInt(parts[2], 16)));
        }
        return new Manifest(
                point[1],
                hasLog ? logIn(lines.get(2)) : "",
                Long.parseLong(point[2]),
                Integer.parseInt(point[3]),
                Long.parseLong(point[4]),
                files);
    }

    private static String logIn(String line) {
        String id = line.substring(LOG.length());
        return id.equals(UNKNOWN) ? "" : id;
    }

    /** Whoever can write to a backup can write another manifest, which must not lead out of the directories. */
    private boolean isOfOneLog() {
        return POINT.matcher(name).matches()
                && (log.isEmpty() || LogIdentity.isId(log))
                && shards >= 1
                && shards <= ShardLimits.MAX_SHARDS
                && files.keySet().stream().allMatch(file -> NAME.matcher(file).matches());
    }

    private static StrandlineException.Corrupt damaged(String place) {
        return new StrandlineException.Corrupt(place + " is damaged; restore another point, or back up again");
    }
}
