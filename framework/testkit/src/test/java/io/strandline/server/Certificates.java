package io.strandline.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Self-signed certificates of tests, made by the JDK's keytool. Each name is made once in a JVM. */
public final class Certificates {

    public static final String PASSWORD = "changeit";

    private static final Map<String, byte[]> MADE = new ConcurrentHashMap<>();

    private final Path directory;

    /** Puts its files into a directory. */
    public Certificates(Path directory) {
        this.directory = directory;
    }

    /** The files of one key. */
    public record KeyFiles(Path certificate, Path key, Path store) {}

    /**
     * A key and its certificate as PEM and as PKCS#12, for localhost and 127.0.0.1.
     *
     * @param file name of the files
     * @param subject such as {@code CN=localhost}. Two subjects are two keys
     */
    public KeyFiles make(String file, String subject) {
        return make(file, subject, subject);
    }

    /** As {@link #make(String, String)}, of another key for another mark. */
    public KeyFiles make(String file, String subject, String mark) {
        return files(file, MADE.computeIfAbsent(mark, none -> generate(subject, "dns:localhost,ip:127.0.0.1")));
    }

    /** As {@link #make(String, String)}, for another host. */
    public KeyFiles foreign(String file) {
        return files(file, MADE.computeIfAbsent("foreign", none -> generate("CN=foreign", "dns:elsewhere.example")));
    }

    private KeyFiles files(String file, byte[] store) {
        try {
            KeyFiles files = new KeyFiles(
                    directory.resolve(file + ".pem"),
                    directory.resolve(file + ".key"),
                    directory.resolve(file + ".p12"));
            Files.write(files.store, store);
            KeyStore keys = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(files.store)) {
                keys.load(in, PASSWORD.toCharArray());
            }
            Files.writeString(
                    files.certificate,
                    pem("CERTIFICATE", keys.getCertificate("own").getEncoded()));
            Files.writeString(
                    files.key,
                    pem(
                            "PRIVATE KEY",
                            keys.getKey("own", PASSWORD.toCharArray()).getEncoded()));
            return files;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private byte[] generate(String subject, String names) {
        Path store = directory.resolve("made-" + System.nanoTime() + ".p12");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "own",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "3650",
                "-dname",
                subject,
                "-ext",
                "san=" + names,
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
        try {
            Process made = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!made.waitFor(60, TimeUnit.SECONDS) || made.exitValue() != 0) {
                throw new IllegalStateException("keytool failed for " + subject);
            }
            byte[] bytes = Files.readAllBytes(store);
            Files.delete(store);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(String what, byte[] bytes) {
        return "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END " + what
                + "-----\n";
    }
}
