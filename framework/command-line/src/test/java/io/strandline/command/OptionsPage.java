package io.strandline.command;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Builds the page of all options from the getters of the options classes, their Javadoc, and the bounds that are checked. */
final class OptionsPage {

    private static final String HEAD = """
        # Options

        Every option of every class of options. A getter's Javadoc gives the meaning, a new object the default, and the check of
        the class the bounds. The JSON name of an option is its name here, except where its Javadoc says otherwise. This page is
        generated: `OptionsPageTest` fails when it is no longer true, and writes the new one to
        `framework/command-line/target/OPTIONS.md`.
        """;

    /** Options whose default is a part of the heap. */
    private static final Set<String> DEPENDS_ON_MACHINE = Set.of("tailBytes");

    private static final Pattern GETTER = Pattern.compile(
            "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*(?:@\\w+\\s+)*public [^;{}=]*?\\b(get|is)(\\w+)\\(\\)", Pattern.DOTALL);

    /** A check. The first group is there if it is left out for 0. */
    private static final Pattern BOUNDS = Pattern.compile(
            "(if \\(\\w+ != 0\\) \\{\\s*)?Limits\\s*\\.require\\(\\s*\"(\\w+)\",\\s*[^,]+,([^,]+),([^;]+)\\);");

    private static final Pattern PRODUCT = Pattern.compile("[\\dL_ *<()+-]+");

    private final Path root;

    OptionsPage(Path root) {
        this.root = root;
    }

    String text(List<Class<?>> classes) throws IOException, ReflectiveOperationException {
        StringBuilder page = new StringBuilder(HEAD);
        for (Class<?> options : classes) {
            page.append("\n## ").append(options.getSimpleName()).append("\n\n");
            page.append("| option | default | bounds | meaning |\n|---|---|---|---|\n");
            String source = sources(options, classes);
            Object fresh = options.getConstructor().newInstance();
            Map<String, String> bounds = bounds(options, source);
            for (MatchResult getter : GETTER.matcher(source).results().toList()) {
                Method method = options.getMethod(getter.group(2) + getter.group(3));
                String name = getter.group(3).substring(0, 1).toLowerCase(Locale.ROOT)
                        + getter.group(3).substring(1);
                page.append("| `")
                        .append(name)
                        .append("` | ")
                        .append(DEPENDS_ON_MACHINE.contains(name) ? "see there" : value(name, method.invoke(fresh)))
                        .append(" | ")
                        .append(bounds.getOrDefault(name, ""))
                        .append(" | ")
                        .append(prose(options, getter.group(1)))
                        .append(" |\n");
            }
        }
        return page.toString();
    }

    /** Sources of a class and of those that it extends, if they are not on the page themselves. What is inherited comes first. */
    private String sources(Class<?> type, List<Class<?>> listed) throws IOException {
        Class<?> above = type.getSuperclass();
        boolean isPart = above != Object.class && !listed.contains(above);
        return (isPart ? sources(above, listed) : "") + Files.readString(source(type));
    }

    private Path source(Class<?> type) throws IOException {
        String file = type.getName().replace('.', '/') + ".java";
        for (String module : List.of(
                "framework/api",
                "framework/log",
                "framework/processing",
                "framework/client",
                "framework/server",
                "framework/metrics",
                "framework/command-line",
                "state-sync")) {
            Path source = root.resolve(module).resolve("src/main/java").resolve(file);
            if (Files.exists(source)) {
                return source;
            }
        }
        throw new IOException("no source of " + type);
    }

    private static Map<String, String> bounds(Class<?> options, String source) {
        Map<String, String> bounds = new HashMap<>();
        Matcher matcher = BOUNDS.matcher(source);
        while (matcher.find()) {
            String name = matcher.group(2);
            String least = number(options, name, matcher.group(3).strip());
            String most = number(options, name, matcher.group(4).strip());
            bounds.put(name, (matcher.group(1) == null ? "" : "0, or ") + least + " to " + most);
        }
        return bounds;
    }

    /** The value of a constant expression of numbers, shifts and products, or of a constant; anything else as it is. */
    private static String number(Class<?> options, String name, String expression) {
        if (PRODUCT.matcher(expression).matches()) {
            long product = 1;
            for (String factor : expression.split("\\*", -1)) {
                String[] shift = factor.replaceAll("[L_ ]", "").split("<<", -1);
                product *= shift.length == 2
                        ? Long.parseLong(shift[0]) << Integer.parseInt(shift[1])
                        : Long.parseLong(shift[0]);
            }
            return plain(name, product);
        }
        String text = expression.replaceAll("\\s+", " ");
        int dot = text.lastIndexOf('.');
        try {
            Class<?> owner = dot < 0
                    ? options
                    : text.startsWith("Long.") || text.startsWith("Integer.")
                            ? Class.forName("java.lang." + text.substring(0, dot))
                            : Class.forName(options.getPackageName() + "." + text.substring(0, dot));
            Field constant = owner.getDeclaredField(text.substring(dot + 1));
            if (!Modifier.isStatic(constant.getModifiers())) {
                return "`" + text + "`";
            }
            constant.setAccessible(true);
            return value(name, constant.get(null));
        } catch (ReflectiveOperationException e) {
            return "`" + text + "`";
        }
    }

    private static String value(String name, Object value) {
        if (value == null) {
            return "none";
        }
        if (value instanceof Long || value instanceof Integer) {
            return plain(name, ((Number) value).longValue());
        }
        if ((value instanceof Collection<?> many && many.isEmpty())
                || (value instanceof Map<?, ?> map && map.isEmpty())) {
            return "none";
        }
        if (value.getClass().getSimpleName().endsWith("Options")) {
            return "see `" + value.getClass().getSimpleName() + "`";
        }
        if (value instanceof Duration
                || value instanceof Boolean
                || value instanceof Enum<?>
                || value instanceof String) {
            return "`" + value + "`";
        }
        return "`" + value.toString().replaceAll("@[0-9a-f]+$", "") + "`";
    }

    private static String plain(String name, long number) {
        if (number == Long.MAX_VALUE || number == Integer.MAX_VALUE) {
            return "no bound";
        }
        boolean isBytes = name.toLowerCase(Locale.ROOT).contains("bytes");
        for (int shift = 30; isBytes && shift >= 10; shift -= 10) {
            if (number >= 1L << shift && number % (1L << shift) == 0) {
                return (number >> shift) + " " + List.of("Ki", "Mi", "Gi").get(shift / 10 - 1);
            }
        }
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** The text of a Javadoc comment as Markdown in one line, without its tags. */
    private static String prose(Class<?> options, String comment) {
        String text = comment.replaceAll("(?m)^\\s*\\*", " ").replaceAll("(?s)\\s@(param|return|throws)\\b.*", " ");
        text = text.replaceAll("</?(p|ul|li|b|i)>", " ");
        text = replace(text, "\\{@link(?:plain)?\\s+([^}]*)\\}", link -> "`" + shown(link) + "`");
        text = replace(text, "\\{@code\\s+([^}]*)\\}", code -> "`" + code + "`");
        text = replace(text, "\\{@value\\s+#?([^}]*)\\}", constant -> number(options, constant, constant.strip()));
        return text.replaceAll("\\s+", " ")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&")
                .replace("|", "\\|")
                .strip();
    }

    private static String shown(String link) {
        String target = link.replaceAll("\\s+", " ").strip();
        int label = target.indexOf(' ');
        if (label > 0 && !target.substring(0, label).contains("(")) {
            return target.substring(label + 1);
        }
        return target.startsWith("#") ? target.substring(1) : target.replace('#', '.');
    }

    private static String replace(String text, String pattern, UnaryOperator<String> by) {
        return Pattern.compile(pattern, Pattern.DOTALL)
                .matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(by.apply(found.group(1))));
    }

    /** Every class of options, in the order in which a reader meets them. */
    static List<Class<?>> inOrder() throws ClassNotFoundException {
        List<Class<?>> classes = new ArrayList<>();
        for (String name : List.of(
                "io.strandline.StrandlineOptions",
                "io.strandline.log.LogOptions",
                "io.strandline.client.ClientOptions",
                "io.strandline.client.TlsOptions",
                "io.strandline.server.ServerOptions",
                "io.strandline.server.EventBusOptions",
                "io.strandline.server.BusBridgeOptions",
                "io.strandline.server.RestOptions",
                "io.strandline.server.security.SecurityOptions",
                "io.strandline.server.security.TokenOptions",
                "io.strandline.metrics.MetricsOptions",
                "io.strandline.command.setting.ClusterOptions",
                "io.strandline.StreamOptions",
                "io.strandline.WriterOptions",
                "io.strandline.ReaderOptions",
                "io.strandline.HistoryOptions",
                "io.strandline.TransactionOptions",
                "io.strandline.processing.group.GroupOptions",
                "io.strandline.processing.group.GroupReaderOptions",
                "io.strandline.processing.projection.ProjectionOptions",
                "io.strandline.processing.pipeline.PipelineOptions",
                "io.strandline.processing.aggregate.AggregateOptions",
                "io.strandline.processing.aggregate.AggregateClientOptions",
                "io.strandline.processing.aggregate.CommandOptions",
                "io.strandline.processing.process.ProcessOptions",
                "io.strandline.sync.StateSyncOptions",
                "io.strandline.sync.SynchronizerOptions",
                "io.strandline.sync.log.LogStoreOptions",
                "io.strandline.sync.bus.BusOptions")) {
            classes.add(Class.forName(name));
        }
        return classes;
    }
}
