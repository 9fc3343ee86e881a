package io.strandline.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Checks in the sources that a room uses only those below it. {@link ArchitectureTest} looks at compiled classes, and the
 * compiler copies a constant from its class, so the use of a constant is to be seen in the source alone.
 */
class SourceRoomsTest {

    private static final String ROOT = "io.strandline";
    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|//[^\\n]*", Pattern.DOTALL);
    private static final Pattern PACKAGE = Pattern.compile("^package ([\\w.]+);", Pattern.MULTILINE);
    private static final Pattern TYPE = Pattern.compile("\\b(io\\.strandline(?:\\.[a-z0-9]+)*)\\.[A-Z]\\w*");

    /** The packages of each module, lowest first. */
    private static final List<List<String>> MODULES = ArchitectureTest.ROOMS.values().stream()
            .map(rooms -> rooms.stream()
                    .map(room -> room.isEmpty() ? ROOT : ROOT + "." + room)
                    .toList())
            .toList();

    @Test
    void rooms_name_only_those_below_them() throws IOException {
        List<Path> sources = sources();
        assertThat(sources).hasSizeGreaterThan(500);
        List<String> upward = new ArrayList<>();
        for (Path source : sources) {
            String text = Files.readString(source);
            upward(text).forEach(type -> upward.add(source + " names " + type));
        }
        assertThat(upward).isEmpty();
    }

    @Test
    void a_constant_of_a_room_above_is_noticed() {
        String source = """
            package io.strandline;

            import io.strandline.internal.Varint;
            import %s;

            /** Not as {@link io.strandline.spi.LogPort}. */
            class Front {
                static final int BYTES = Batch.MAX_PLAIN_BYTES; // see io.strandline.spi.Batch
            }
            """;
        assertThat(upward(source.formatted("io.strandline.spi.Batch"))).containsExactly("io.strandline.spi.Batch");
        assertThat(upward(source.formatted("io.strandline.internal.Batch"))).isEmpty();
        assertThat(upward(source.formatted("io.strandline.sync.impl.Batch")))
                .containsExactly("io.strandline.sync.impl.Batch");
    }

    /** Types that a source names and may not use. */
    private static List<String> upward(String source) {
        String code = COMMENT.matcher(source).replaceAll("");
        Matcher named = PACKAGE.matcher(code);
        assertThat(named.find()).isTrue();
        String own = named.group(1);
        return TYPE.matcher(code)
                .results()
                .filter(type -> !mayUse(own, type.group(1)))
                .map(MatchResult::group)
                .toList();
    }

    private static boolean mayUse(String own, String used) {
        List<String> rooms = roomsWith(own);
        boolean isBelow = !roomsWith(used).equals(rooms) || rooms.indexOf(used) <= rooms.indexOf(own);
        int hidden = (used + ".").indexOf(".impl.");
        return hidden < 0
                ? isBelow
                : isBelow && roomsWith(used).equals(rooms) && (own + ".").startsWith(used.substring(0, hidden) + ".");
    }

    /** The packages of the module of a package, lowest first, or none if the module has one room. */
    private static List<String> roomsWith(String name) {
        return MODULES.stream()
                .filter(rooms -> rooms.contains(name))
                .findFirst()
                .orElse(List.of());
    }

    private static List<Path> sources() throws IOException {
        List<Path> folders = new ArrayList<>(List.of(Path.of("../../state-sync")));
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            modules.forEach(folders::add);
        }
        List<Path> sources = new ArrayList<>();
        for (Path folder : folders) {
            Path main = folder.resolve("src/main/java");
            if (Files.isDirectory(main)) {
                try (Stream<Path> files = Files.walk(main)) {
                    files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
                }
            }
        }
        return sources;
    }
}
