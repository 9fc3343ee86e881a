package io.strandline.guide;

import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;

/** The guide's example of an event bus that is encrypted. */
final class Encrypting {

    private Encrypting() {}

    // GUIDE: begin bus-tls
    /** What each member of a cluster is created with, so that they talk to each other encrypted, and to nobody else. */
    static VertxOptions encrypted(String directory) {
        EventBusOptions bus = new EventBusOptions() // of io.vertx.core.eventbus
                .setSsl(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .addKeyPath(directory + "/member.key")
                        .addCertPath(directory + "/member.pem"))
                .setTrustOptions(new PemTrustOptions().addCertPath(directory + "/members-ca.pem"))
                .setClientAuth(ClientAuth.REQUIRED) // without it, whoever connects may send
                .setTrustAll(false); // true in Vert.x: messages then go to whoever has the address of a member
        return new VertxOptions().setEventBusOptions(bus);
    }
    // GUIDE: end bus-tls
}
