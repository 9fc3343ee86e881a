package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Makes keys and certificates of tests, by the JDK's keytool. */
final class Keytool {

    /** Of all stores. */
    static final String PASSWORD = "changeit";

    private Keytool() {}

    /** Makes a key for this machine, and a certificate for it that signs itself. */
    static void makeKey(Path store) throws IOException, InterruptedException {
        run(store, "-genkeypair", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "san=dns:localhost,ip:127.0.0.1");
    }

    /** Makes a store that trusts the certificate of a key. */
    static void trust(Path key, Path store) throws IOException, InterruptedException {
        Path certificate = key.resolveSibling(key.getFileName() + ".certificate");
        run(key, "-exportcert", "-file", certificate.toString());
        run(store, "-importcert", "-noprompt", "-file", certificate.toString());
    }

    /** Makes the key of an authority, and one for this machine that it signs, both in a store. */
    static void makeSigned(Path store, String authority, String alias) throws IOException, InterruptedException {
        runAs(authority, store, "-genkeypair", "-keyalg", "EC", "-dname", "CN=authority", "-ext", "bc:c");
        runAs(
                alias,
                store,
                "-genkeypair",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + alias,
                "-ext",
                "san=dns:localhost,ip:127.0.0.1",
                "-signer",
                authority);
    }

    private static void run(Path store, String... arguments) throws IOException, InterruptedException {
        runAs("own", store, arguments);
    }

    private static void runAs(String alias, Path store, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of(
                "-alias", alias, "-storetype", "PKCS12", "-keystore", store.toString(), "-storepass", PASSWORD));
        Process made = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(made.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(made.exitValue()).isZero();
    }
}
