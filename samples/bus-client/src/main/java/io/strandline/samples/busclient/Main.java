package io.strandline.samples.busclient;

import io.vertx.core.Vertx;

/**
 * Measures temperatures until it is stopped. Its arguments are the directory of the log and the port of the page. The defaults are
 * {@code data/bus-client} and 8080.
 */
public final class Main {

    private static final int DEFAULT_PORT = 8080;

    private Main() {}

    /**
     * Runs the sample.
     *
     * @param arguments directory and port, or nothing
     */
    public static void main(String[] arguments) {
        String directory = arguments.length > 0 ? arguments[0] : "data/bus-client";
        int port = arguments.length > 1 ? Integer.parseInt(arguments[1]) : DEFAULT_PORT;
        Vertx vertx = Vertx.vertx();
        WeatherServer server = new WeatherServer(directory, port);
        vertx.deployVerticle(server)
                .compose(deployed -> vertx.deployVerticle(new Thermometers()))
                .onSuccess(
                        measuring -> System.out.println("temperatures are shown at http://127.0.0.1:" + server.port()))
                .onFailure(failure -> {
                    failure.printStackTrace(System.err);
                    vertx.close().onComplete(closed -> System.exit(1));
                });
    }
}
