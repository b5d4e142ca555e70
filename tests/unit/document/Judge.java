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

/** verify CERTIFICATE FOLDER FILE... : prints "FILE true|false"; sign P12 PASSWORD METHOD IN OUT : an enveloped signature. */
public class Judge {
    public static void main(String[] a) throws Exception {
        if (a[0].equals("verify")) verify(a); else sign(a);
    }

    static Document read(String path) throws Exception {
        DocumentBuilderFactory f = DocumentBuilderFactory.newInstance();
        f.setNamespaceAware(true);
        return f.newDocumentBuilder().parse(new File(path));
    }

    static void verify(String[] a) throws Exception {
        X509Certificate c = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new FileInputStream(a[1]));
        XMLSignatureFactory factory = XMLSignatureFactory.getInstance("DOM");
        for (int i = 3; i < a.length; i++) {
            Document d = read(a[2] + "/" + a[i]);
            Element s = (Element) d.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature").item(0);
            DOMValidateContext context = new DOMValidateContext(c.getPublicKey(), s);
            context.setBaseURI(new File(a[2]).toURI().toString());
            // Secure validation forbids the file reference of a detached signature; that is the only one switched off.
            if (a[i].startsWith("detached")) context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.FALSE);
            NodeList all = d.getElementsByTagNameNS("http://uri.etsi.org/01903/v1.3.2#", "SignedProperties");
            for (int n = 0; n < all.getLength(); n++) context.setIdAttributeNS((Element) all.item(n), null, "Id");
            boolean ok;
            try {
                ok = factory.unmarshalXMLSignature(context).validate(context);
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
        XMLSignatureFactory f = XMLSignatureFactory.getInstance("DOM");
        Reference r = f.newReference("", f.newDigestMethod(DigestMethod.SHA256, null),
            List.of(f.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null)), null, null);
        SignedInfo info = f.newSignedInfo(f.newCanonicalizationMethod(CanonicalizationMethod.INCLUSIVE, (C14NMethodParameterSpec) null),
            f.newSignatureMethod(a[3], null), List.of(r));
        KeyInfoFactory k = f.getKeyInfoFactory();
        KeyInfo ki = k.newKeyInfo(List.of(k.newX509Data(List.of(store.getCertificate(alias)))));
        Document d = read(a[4]);
        f.newXMLSignature(info, ki).sign(new DOMSignContext((PrivateKey) store.getKey(alias, a[2].toCharArray()), d.getDocumentElement()));
        TransformerFactory.newInstance().newTransformer().transform(new DOMSource(d), new StreamResult(new File(a[5])));
    }
}
