// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later

import java.io.File;
import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.xml.crypto.dsig.*;
import javax.xml.crypto.dsig.dom.*;
import javax.xml.crypto.dsig.keyinfo.*;
import javax.xml.crypto.dsig.spec.*;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.*;

/**
 * Java's own XML signatures. "verify CERTIFICATE FOLDER FILE..." prints "FILE true|false" for each;
 * "sign P12 PASSWORD FOLDER METHOD FILE [METHOD FILE]..." signs each FOLDER/FILE into FOLDER/java-FILE.
 */
public class Judge {
    static final XMLSignatureFactory FACTORY = XMLSignatureFactory.getInstance("DOM");

    public static void main(String[] a) throws Exception {
        if (a[0].equals("verify")) verify(a); else sign(a);
    }

    static Document read(String path) throws Exception {
        DocumentBuilderFactory f = DocumentBuilderFactory.newInstance();
        f.setNamespaceAware(true);
        return f.newDocumentBuilder().parse(new File(path));
    }

    static void verify(String[] a) throws Exception {
        X509Certificate c = (X509Certificate) CertificateFactory.getInstance("X.509")
            .generateCertificate(new FileInputStream(a[1]));
        for (int i = 3; i < a.length; i++) {
            Document d = read(a[2] + "/" + a[i]);
            Element s = (Element) d.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature").item(0);
            DOMValidateContext context = new DOMValidateContext(c.getPublicKey(), s);
            NodeList all = d.getElementsByTagNameNS("http://uri.etsi.org/01903/v1.3.2#", "SignedProperties");
            for (int n = 0; n < all.getLength(); n++) context.setIdAttributeNS((Element) all.item(n), null, "Id");
            boolean ok;
            try {
                ok = FACTORY.unmarshalXMLSignature(context).validate(context);
            } catch (Exception e) {
                System.err.println(a[i] + ": " + e);
                ok = false;
            }
            System.out.println(a[i] + " " + ok);
        }
    }

    static void sign(String[] a) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new FileInputStream(a[1]), a[2].toCharArray());
        String alias = store.aliases().nextElement();
        PrivateKey key = (PrivateKey) store.getKey(alias, a[2].toCharArray());
        KeyInfoFactory k = FACTORY.getKeyInfoFactory();
        KeyInfo keyInfo = k.newKeyInfo(List.of(
            k.newKeyValue(store.getCertificate(alias).getPublicKey()),
            k.newX509Data(List.of(store.getCertificate(alias)))));
        for (int i = 4; i < a.length; i += 2) {
            Document document = read(a[3] + "/" + a[i + 1]);
            Reference reference = FACTORY.newReference("", FACTORY.newDigestMethod(DigestMethod.SHA256, null),
                List.of(FACTORY.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null)), null, null);
            SignedInfo info = FACTORY.newSignedInfo(
                FACTORY.newCanonicalizationMethod(CanonicalizationMethod.INCLUSIVE, (C14NMethodParameterSpec) null),
                FACTORY.newSignatureMethod(a[i], null),
                List.of(reference));
            DOMSignContext context = new DOMSignContext(key, document.getDocumentElement());
            FACTORY.newXMLSignature(info, keyInfo).sign(context);
            StreamResult out = new StreamResult(new File(a[3] + "/java-" + a[i + 1]));
            TransformerFactory.newInstance().newTransformer().transform(new DOMSource(document), out);
        }
    }
}
