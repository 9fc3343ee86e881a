package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.client.TlsOptions;
import io.strandline.command.setting.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Arguments come before the environment, that before the file, that before the default. */
class ConfigurationTest {

    @TempDir
    Path directory;

    private String file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    private static ServerParts parts(Map<String, String> environment, List<String> files, String... set) {
        return ServerParts.of(Configuration.of(environment, files), List.of(set));
    }

    @Test
    void a_value_comes_from_the_first_place_that_has_one() throws IOException {
        String file = file("c.json", "{\"tcp\": {\"port\": 1, \"maxWaits\": 11}, \"log\": {\"shards\": 3}}");
        Map<String, String> environment =
                Map.of("STRANDLINE_TCP_PORT", "2", "STRANDLINE_LOG_TAIL_BYTES", "1000000", "STRANDLINE_CONFIG", file);
        assertThat(parts(environment, List.of()).tcp().getPort()).isEqualTo(2);
        assertThat(parts(environment, List.of(), "tcp.port=3").tcp().getPort()).isEqualTo(3);
        assertThat(parts(environment, List.of()).tcp().getMaxWaits()).isEqualTo(11);
        assertThat(parts(environment, List.of()).log().getTailBytes()).isEqualTo(1_000_000);
        assertThat(parts(environment, List.of()).log().getShards()).isEqualTo(3);
        assertThat(parts(Map.of(), List.of()).tcp().getPort()).isEqualTo(7475);
        String other = file("d.json", "{\"tcp\": {\"port\": 5}}");
        assertThat(parts(Map.of("STRANDLINE_CONFIG", file), List.of("server", "--config", other))
                        .tcp()
                        .getPort())
                .isEqualTo(5);
        assertThat(parts(Map.of(), List.of("--config=" + other, "server")).tcp().getPort())
                .isEqualTo(5);
    }

    @Test
    void properties_say_the_same() throws IOException {
        String file = file("c.properties", "tcp.port=1\ntcp.insecure=true\nserver=tcp://h:1\n");
        ServerParts parts = parts(Map.of("STRANDLINE_CONFIG", file), List.of());
        assertThat(parts.tcp().getPort()).isEqualTo(1);
        assertThat(parts.tcp().isInsecure()).isTrue();
    }

    @Test
    void options_of_commands_have_the_same_order() throws IOException {
        String file = file("c.json", "{\"directory\": \"/file\"}");
        Map<String, String> inFile = Map.of("STRANDLINE_CONFIG", file);
        assertThat(Ran.with(inFile, "stream", "list").err()).contains("/file is not");
        Map<String, String> both = Map.of("STRANDLINE_CONFIG", file, "STRANDLINE_DIRECTORY", "/environment");
        assertThat(Ran.with(both, "stream", "list").err()).contains("/environment is not");
        assertThat(Ran.with(both, "stream", "list", "--directory", "/argument").err())
                .contains("/argument is not");
    }

    @Test
    void an_object_within_a_section_is_given_by_its_options() throws IOException {
        String file = file("tls.properties", "tcp.tls.certificateFile=a.pem\ntcp.tls.keyFile=a.key\n");
        TlsOptions tls = Objects.requireNonNull(parts(
                        Map.of("STRANDLINE_CONFIG", file),
                        List.of(),
                        "tcp.tls.keyFile=b.key",
                        "tcp.tls.trustFiles=c.pem,d.pem",
                        "tcp.tls.reloadMillis=20")
                .tcp()
                .getTls());
        assertThat(tls.getCertificateFile()).isEqualTo("a.pem");
        assertThat(tls.getKeyFile()).isEqualTo("b.key");
        assertThat(tls.getTrustFiles()).containsExactly("c.pem", "d.pem");
        assertThat(tls.getReloadMillis()).isEqualTo(20);
        String object = file("tls.json", "{\"tcp\": {\"tls\": {\"keyFile\": \"a.key\", \"reloadMillis\": 30}}}");
        TlsOptions changed = Objects.requireNonNull(
                parts(Map.of("STRANDLINE_CONFIG", object), List.of(), "tcp.tls.certificateFile=a.pem")
                        .tcp()
                        .getTls());
        assertThat(changed.getKeyFile()).isEqualTo("a.key");
        assertThat(changed.getReloadMillis()).isEqualTo(30);
        assertThatThrownBy(() -> parts(Map.of(), List.of(), "tcp.tls.kyeFile=a.key"))
                .hasMessageContaining("kyeFile")
                .hasMessageContaining("keyFile");
    }

    @Test
    void what_nothing_knows_is_refused_with_its_name() throws IOException {
        String unknown = file("c.json", "{\"tpc\": {}}");
        Ran ran = Ran.with(Map.of("STRANDLINE_CONFIG", unknown), "stream", "list");
        assertThat(ran.code()).isEqualTo(ExitCode.USAGE);
        assertThat(ran.err()).contains("tpc").contains("tcp");
        String inside = file("d.json", "{\"tcp\": {\"prot\": 1}}");
        assertThatThrownBy(() -> parts(Map.of("STRANDLINE_CONFIG", inside), List.of()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("prot");
        assertThatThrownBy(() -> parts(Map.of(), List.of(), "tcp.port=many"))
                .hasMessageContaining("tcp.port")
                .hasMessageContaining("many");
        assertThatThrownBy(() -> parts(Map.of("STRANDLINE_TCP_INSECURE", "yes"), List.of()))
                .hasMessageContaining("true or false");
        assertThatThrownBy(() -> parts(Map.of(), List.of(), "tcp.port")).hasMessageContaining("no value");
        assertThatThrownBy(() -> Configuration.requireSections(List.of("rset.port=1")))
                .hasMessageContaining("SECTION.OPTION");
        assertThat(Ran.with(Map.of("STRANDLINE_CONFIG", "/nowhere"), "stream", "list")
                        .code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(Ran.with(Map.of("STRANDLINE_CONFIG", file("e.json", "[")), "stream", "list")
                        .code())
                .isEqualTo(ExitCode.USAGE);
    }
}
