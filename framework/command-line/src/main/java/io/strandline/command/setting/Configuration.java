package io.strandline.command.setting;

import io.strandline.StrandlineException;
import io.strandline.client.ClientOptions;
import io.strandline.client.TlsOptions;
import io.strandline.log.LogOptions;
import io.strandline.metrics.MetricsOptions;
import io.strandline.server.BusBridgeOptions;
import io.strandline.server.EventBusOptions;
import io.strandline.server.RestOptions;
import io.strandline.server.ServerOptions;
import io.strandline.server.security.SecurityOptions;
import io.strandline.server.security.TokenOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Where the value of an option comes from, the first that has one: the arguments, the environment, the file, the default.
 *
 * <p>The option {@code --credentials-file} is {@code STRANDLINE_CREDENTIALS_FILE} in the environment and {@code credentialsFile} in
 * the file. The options of the parts of a server are in sections: {@code tailBytes} of the section {@code log} is {@code --set
 * log.tailBytes=…}, {@code STRANDLINE_LOG_TAIL_BYTES}, and {@code tailBytes} in the object {@code log} of the file, or {@code
 * log.tailBytes} if that is a file of properties. An object within a section continues the name: {@code --set tcp.tls.keyFile=…}. What a file names and nothing knows is refused.
 *
 * <p>A flag is {@code true} or {@code false} in the environment and in the file. As an argument it is true: each has the fallback value
 * {@code true}, as picocli would turn round what is found here.
 */
public final class Configuration implements IDefaultValueProvider {

    private static final String PREFIX = "STRANDLINE_";
    private static final String FILE_VARIABLE = PREFIX + "CONFIG";
    private static final String FILE_OPTION = "--config";

    /** The sections, and the options that each has. */
    public static final Map<String, Class<?>> SECTIONS = new TreeMap<>(Map.of(
            "cluster",
            ClusterOptions.class,
            "log",
            LogOptions.class,
            "tcp",
            ServerOptions.class,
            "client",
            ClientOptions.class,
            "rest",
            RestOptions.class,
            "bus",
            EventBusOptions.class,
            "bridge",
            BusBridgeOptions.class,
            "sockjs",
            BusBridgeOptions.class,
            "metrics",
            MetricsOptions.class,
            "security",
            SecurityOptions.class));

    /** Objects of options within a section. */
    private static final Map<String, JsonObject> INNER =
            Map.of("tls", new TlsOptions().toJson(), "tokens", new TokenOptions().toJson());

    private final Map<String, String> environment;
    private final JsonObject file;
    private final String place;

    private Configuration(Map<String, String> environment, JsonObject file, String place) {
        this.environment = environment;
        this.file = file;
        this.place = place;
    }

    /** Without a file. */
    public static Configuration none(Map<String, String> environment) {
        return new Configuration(environment, new JsonObject(), "no file");
    }

    /**
     * Reads the file that the arguments or the environment name.
     *
     * @throws StrandlineException.Invalid if it cannot be read
     */
    public static Configuration of(Map<String, String> environment, List<String> arguments) {
        String path = fileIn(arguments);
        if (path == null) {
            path = environment.get(FILE_VARIABLE);
        }
        return path == null || path.isEmpty()
                ? none(environment)
                : new Configuration(environment, read(Path.of(path)), path);
    }

    /** The file is needed before the arguments are parsed, because defaults come from it. */
    private static @Nullable String fileIn(List<String> arguments) {
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.startsWith(FILE_OPTION + "=")) {
                return argument.substring(FILE_OPTION.length() + 1);
            }
            if (argument.equals(FILE_OPTION) && i + 1 < arguments.size()) {
                return arguments.get(i + 1);
            }
        }
        return null;
    }

    private static JsonObject read(Path path) {
        try {
            String text = Files.readString(path);
            return path.toString().endsWith(".properties") ? ofProperties(text) : new JsonObject(text);
        } catch (DecodeException e) {
            throw new StrandlineException.Invalid("configuration " + path + " is no JSON object: " + e.getMessage(), e);
        } catch (IOException | IllegalArgumentException e) {
            throw new StrandlineException.Invalid(
                    "configuration " + path + " cannot be read: " + FileFailures.reason(e), e);
        }
    }

    private static JsonObject ofProperties(String text) throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(text));
        JsonObject all = new JsonObject();
        for (String key : properties.stringPropertyNames()) {
            int dot = key.indexOf('.');
            if (dot < 0) {
                all.put(key, properties.getProperty(key));
            } else {
                String section = key.substring(0, dot);
                if (!all.containsKey(section)) {
                    all.put(section, new JsonObject());
                }
                all.getJsonObject(section).put(key.substring(dot + 1), properties.getProperty(key));
            }
        }
        return all;
    }

    /**
     * Refuses a file that names what no command has.
     *
     * @throws StrandlineException.Invalid if it does
     */
    public void requireKnown(CommandLine root) {
        Set<String> known = new TreeSet<>(SECTIONS.keySet());
        addKeys(root, known);
        for (String key : file.fieldNames()) {
            if (!known.contains(key)) {
                throw new StrandlineException.Invalid(
                        "configuration " + place + " has " + key + ", which is none of " + known);
            }
        }
    }

    private static void addKeys(CommandLine command, Set<String> keys) {
        command.getCommandSpec().options().forEach(option -> keys.add(camel(option.longestName())));
        command.getSubcommands().values().forEach(sub -> addKeys(sub, keys));
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option) || option.usageHelp() || option.versionHelp()) {
            return null;
        }
        String key = camel(option.longestName());
        String value = environment.get(PREFIX + upper(key));
        if (value != null) {
            return value;
        }
        Object inFile = file.getValue(key);
        return inFile == null ? null : inFile.toString();
    }

    /**
     * The options of a section.
     *
     * @param defaults all options that it has
     * @param arguments what {@code --set} was given, of all sections
     * @throws StrandlineException.Invalid if a value has another type than its default
     */
    public JsonObject section(String name, JsonObject defaults, List<String> arguments) {
        JsonObject merged = new JsonObject();
        Object inFile = file.getValue(name);
        if (inFile != null && !(inFile instanceof JsonObject)) {
            throw new StrandlineException.Invalid("configuration " + place + ": " + name + " must be an object");
        }
        if (inFile instanceof JsonObject values) {
            values.forEach(
                    entry -> merged.put(entry.getKey(), typed(name, entry.getKey(), entry.getValue(), defaults)));
        }
        for (String key : defaults.fieldNames()) {
            String value = environment.get(PREFIX + upper(name) + "_" + upper(key));
            if (value != null) {
                merged.put(key, typed(name, key, value, defaults));
            }
        }
        for (String argument : arguments) {
            if (argument.startsWith(name + ".")) {
                int equals = argument.indexOf('=');
                if (equals < 0) {
                    throw new StrandlineException.Invalid("--set " + argument + " has no value");
                }
                String key = argument.substring(name.length() + 1, equals);
                merged.put(key, typed(name, key, argument.substring(equals + 1), defaults));
            }
        }
        return nested(merged);
    }

    /** {@code tls.keyFile} becomes {@code keyFile} in the object {@code tls}, beside what that has. */
    private static JsonObject nested(JsonObject options) {
        JsonObject all = new JsonObject();
        for (String key : new TreeSet<>(options.fieldNames())) {
            int dot = key.indexOf('.');
            if (dot < 0) {
                all.put(key, options.getValue(key));
                continue;
            }
            String outer = key.substring(0, dot);
            JsonObject inner = all.getValue(outer) instanceof JsonObject given ? given.copy() : new JsonObject();
            all.put(outer, inner.put(key.substring(dot + 1), options.getValue(key)));
        }
        return all;
    }

    /** The default of an option, or of one in an object that is none by default. Null if there is none. */
    private static @Nullable Object otherwise(String key, JsonObject defaults) {
        int dot = key.indexOf('.');
        JsonObject inner = dot < 0 ? defaults : INNER.getOrDefault(key.substring(0, dot), new JsonObject());
        return inner.getValue(key.substring(dot + 1));
    }

    /**
     * Refuses arguments for no section.
     *
     * @throws StrandlineException.Invalid if an argument of {@code --set} is for none
     */
    public static void requireSections(List<String> arguments) {
        for (String argument : arguments) {
            if (SECTIONS.keySet().stream().noneMatch(section -> argument.startsWith(section + "."))) {
                throw new StrandlineException.Invalid("--set " + argument
                        + " must be SECTION.OPTION=VALUE, with a section out of " + SECTIONS.keySet());
            }
        }
    }

    /** Text as the type of the default. A value of JSON, and that of an option which the section does not have, stays. */
    private static Object typed(String section, String key, Object value, JsonObject defaults) {
        Object otherwise = otherwise(key, defaults);
        if (!(value instanceof String text) || otherwise instanceof String) {
            return value;
        }
        try {
            if (otherwise instanceof Number) {
                return Long.valueOf(text.strip());
            }
            if (otherwise instanceof Boolean && (text.equals("true") || text.equals("false"))) {
                return Boolean.valueOf(text);
            }
            if (otherwise instanceof Boolean) {
                throw new StrandlineException.Invalid(
                        section + "." + key + " is " + text + ", it must be true or false");
            }
            if (otherwise instanceof JsonArray && !text.startsWith("[")) {
                return new JsonArray(List.of(text.split(",")));
            }
            return text.startsWith("{") || text.startsWith("[") ? Json.decodeValue(text) : text;
        } catch (NumberFormatException e) {
            throw new StrandlineException.Invalid(
                    section + "." + key + " is " + text + ", it must be a whole number", e);
        } catch (DecodeException e) {
            throw new StrandlineException.Invalid(section + "." + key + " is no JSON: " + text, e);
        }
    }

    /** {@code --credentials-file} as {@code credentialsFile}. */
    public static String camel(String option) {
        StringBuilder camel = new StringBuilder();
        boolean isUpper = false;
        for (char c : option.replaceFirst("^-+", "").toCharArray()) {
            if (c == '-') {
                isUpper = true;
            } else {
                camel.append(isUpper ? Character.toUpperCase(c) : c);
                isUpper = false;
            }
        }
        return camel.toString();
    }

    /** {@code credentialsFile} as {@code CREDENTIALS_FILE}. */
    public static String upper(String camel) {
        return camel.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT);
    }
}
